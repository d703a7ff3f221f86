"""Portfolios to measure with: a workspace of the sample catalogue and any number of clients.

`python benchmarks/portfolio.py OUT --clients 1000 --seed 1`; the same seed gives the same bytes, and a client is the
same one in a portfolio of any size. Every document lies in a file of its own, so that tools that know nothing of
several documents in a file can judge it too.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:  # called as a script
    sys.path.insert(0, str(ROOT))

from tamspec import ledger, pipeline  # noqa: E402  # the line above finds it
from tamspec.cli.session import instant  # noqa: E402
from tamspec.diagnostics import Findings  # noqa: E402
from tamspec.load.repair import inline  # noqa: E402
from tamspec.model.catalog import ComponentSpec, Service  # noqa: E402
from tamspec.model.landscape import landscape  # noqa: E402
from tamspec.model.order import Adopted  # noqa: E402
from tamspec.model.project import Project  # noqa: E402
from tamspec.model.values import Ref  # noqa: E402
from tamspec.pipeline import Tree  # noqa: E402

AT = "2026-11-23T09:00:00Z"
"""The instant at which portfolios are meant to be judged."""

OPEN_WORK = 50
"""Every so many clients one has a draft that asks for a new component; the drafts of the others only ask questions."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST = _words("""
    amber aspen birch blue cedar clear coral delta eastern elm ember fair falcon first golden granite green harbour
    high iron ivory jade lake linden lunar maple mill north oak ocean old opal open orchid pearl pine polar prime
    quartz quick red river rowan royal ruby sand silver sky solar spring star steel stone summer sun swift terra
    tidal union upper velvet vivid west white willow
""")
SECOND = _words("""
    airlines analytics bakery bank books brewery cables cargo ceramics chemicals cinema clinics coffee courier
    dairy dental design energy farms fashion films foods foundry freight furniture games garden glass grain hotels
    insurance labs lamps leather legal lighting logistics lumber machines marine media metals mining motors museum
    music news optics packaging paints paper pharma pipes plastics post print radio rail retail
""")
SURNAMES = _words("""
    adams becker castro duval ekman ferrari garcia hansen ivanov jansen keller larsen moreau novak olsen peters
    quinn rossi santos tamm ulrich vogel walker xu young ziegler arslan brandt costa dubois eriksen fischer
""")
GIVEN = _words("""
    Ada Bruno Clara Dmitri Elena Felix Greta Hugo Ines Jan Karin Leo Maria Nils Olga Paul Rita Sven Tove Uwe
""")
TAMS = _words("""
    ivanova petrov andreev nikitina zaitsev sorokin romanova grigoriev lebedeva egorov kozlova stepanov frolova
""")


@dataclass(frozen=True, kw_only=True)
class Instance:
    """A component as one writes it."""

    service: str
    params: Mapping[str, Any]
    needs: tuple[str, ...] = ()
    comment: str = ""
    in_lines: bool = False
    """Written in lines, not in braces."""


Instances = dict[str, Instance]


# Shapes of projects: what people order together.


def _web_shop(draw: random.Random) -> Instances:
    sites = draw.randint(1, 6)
    shop = {"servers": draw.choice([2, 3, 4, 6])}
    size = draw.randint(2, 40) * 50
    return {
        "shop": Instance(service="web-landscape", params=shop),
        "waf": Instance(service="waf", params={"sites": sites}, needs=("shop",), comment="one rule set for all sites"),
        "copies": Instance(service="backup-policy", params={"sizeGiB": size, "retentionDays": 30}, needs=("shop",)),
        "mail": Instance(
            service="service-desk", params={"users": draw.randint(5, 90), "nights": draw.random() < 0.3}, in_lines=True
        ),
    }


def _database(draw: random.Random) -> Instances:
    size = draw.randint(2, 60) * 50
    return {
        "data": Instance(
            service="database-cluster",
            params={"servers": draw.choice([2, 3]), "replicas": 1, "sizeGiB": size},
            comment="grew by a third last year",
            in_lines=True,
        ),
        "cache": Instance(service="redis", params={"memoryGiB": draw.choice([4, 8, 16])}, needs=("data",)),
    }


def _portal(draw: random.Random) -> Instances:
    return {
        "net": Instance(service="network-segment", params={"vlans": draw.randint(1, 4), "hosts": 60}),
        "vm": Instance(
            service="virtual-machines",
            params={"count": draw.randint(3, 12), "vcpu": 8, "ramGiB": 32, "diskGiB": draw.choice([200, 500])},
            needs=("net",),
            in_lines=True,
        ),
        "os": Instance(service="linux", params={"distribution": "debian-13"}, needs=("vm",)),
        "db": Instance(
            service="postgresql",
            params={"version": draw.choice(["16", "17"]), "sizeGiB": draw.randint(1, 12) * 50, "replicas": 1},
            needs=("os",),
            comment="version 18 not before summer",
        ),
        "web": Instance(service="nginx", params={"sites": draw.randint(1, 5), "certificate": "client"}, needs=("os",)),
        "app": Instance(service="php", params={"version": draw.choice(["8.3", "8.4"])}, needs=("os",)),
    }


def _office(draw: random.Random) -> Instances:
    users = draw.randint(20, 400)
    return {
        "net": Instance(service="network-segment", params={"vlans": 2, "hosts": 60, "site": "moscow-2"}),
        "vm": Instance(
            service="hyperv-machines", params={"count": draw.randint(2, 6), "vcpu": 4, "ramGiB": 32}, needs=("net",)
        ),
        "os": Instance(service="windows-server", params={"version": "2025"}, needs=("vm",)),
        "domain": Instance(
            service="active-directory",
            params={"domain": "corp.example.org", "users": users},
            needs=("os",),
            comment="the old domain stays for the branch offices",
            in_lines=True,
        ),
        "help": Instance(service="service-desk", params={"users": users}),
    }


def _pool(draw: random.Random) -> Instances:
    return {
        "net": Instance(service="network-segment", params={"vlans": draw.randint(2, 8), "hosts": 120}),
        "pool": Instance(
            service="resource-pool",
            params={"vcpu": draw.choice([64, 96, 128]), "ramGiB": 384, "storageTiB": draw.randint(4, 20)},
            needs=("net",),
            in_lines=True,
        ),
        "walls": Instance(service="firewall-rules", params={"rules": draw.randint(8, 40)}, needs=("net",)),
        "line": Instance(
            service="internet-access",
            params={"bandwidth": draw.choice([100, 200, 500])},
            needs=("net",),
            comment="doubles in May",
        ),
        "tunnel": Instance(
            service="vpn", params={"kind": "site-to-site", "gateway": "vpn.example.org"}, needs=("net",), in_lines=True
        ),
    }


SHAPES: tuple[tuple[str, str, Callable[[random.Random], Instances]], ...] = (
    ("shop", "Online shop", _web_shop),
    ("reports", "Reporting", _database),
    ("portal", "Customer portal", _portal),
    ("office", "Office services", _office),
    ("cloud", "Private pool", _pool),
)
WISHES = (
    ("scan", "vulnerability-scanning", "addresses", "How many addresses may be scanned, and which of them never?"),
    ("store", "object-storage", "sizeTiB", "How much will be stored in the first year?"),
)


# Texts.


def client(draw: random.Random, name: str, title: str, people: list[str]) -> str:
    head, engineer, other = people
    return f"""\
# yaml-language-server: $schema=../../schemas/tamspec.schema.json
apiVersion: tamspec/v1
kind: Client
metadata:
  name: {name}
  title: {title}
  labels: {{region: {draw.choice(["north", "south", "east", "west"])}, since: "{draw.randint(2009, 2025)}"}}
spec:
  calendar: {draw.choice(["office-msk", "office-msk", "office-berlin"])}
  contacts:
    {head}:
      title: {draw.choice(GIVEN)} {head.capitalize()}, head of operations
      role: decision-maker
      topics: [budget, deadlines, changes]
      email: {head}@example.org
    {engineer}:   # on duty in odd weeks
      title: {draw.choice(GIVEN)} {engineer.capitalize()}, lead engineer
      role: technical
      topics: [acceptance, certificates, releases]
      email: {engineer}@example.org
      phone: "+49 30 {draw.randint(100000, 999999)}"
    {other}:
      title: "{draw.choice(GIVEN)} {other.capitalize()}, information security: audits, access"
      role: other
      topics: [security, access]
      email: {other}@example.org
"""


def agreement(draw: random.Random, name: str, title: str) -> str:
    target = draw.choice(["90%", "95%", "98%"])
    return f"""\
# yaml-language-server: $schema=../../schemas/tamspec.schema.json
apiVersion: tamspec/v1
kind: Agreement
metadata: {{name: sla-{name}, title: "{title}, standard support"}}
spec:
  type: sla
  provider: support
  customer: {name}
  validFrom: 2026-01-01
  validTo: 2027-12-31
  serviceHours: office-msk
  attainment: {{target: {target}, period: quarter}}
  clocks:
    response: {{start: reported, stop: acknowledged}}
    resolution: {{start: reported, pause: [waiting-client], stop: restored}}
  priorities:
    p1: {{response: 1h, resolution: 8h}}
    p2: {{response: 2h, resolution: 16h}}   # as the old contract
    p3: {{response: 8h, resolution: 40h}}
"""


def project(draw: random.Random, name: str, owner: str, title: str, sla: str, parts: Instances, wish: Instances) -> str:
    tam, deputy = draw.sample(TAMS, 2)
    under = f"\n  agreement: {sla}" if sla else ""
    lines = "".join(_instance(one, instance) for one, instance in parts.items())
    wished = "".join(_instance(one, instance) for one, instance in wish.items())
    lines += f"\n    # Wished for; see the draft.\n{wished}" if wished else ""
    return f"""\
# yaml-language-server: $schema=../../schemas/tamspec.schema.json
apiVersion: tamspec/v1
kind: Project
metadata: {{name: {name}, title: {inline(title)}}}
spec:
  client: {owner}
  phase: {"operation" if sla else "implementation"}
  criticality: {draw.choice(["low", "medium", "medium", "high"])}
  description: |
    Runs since {draw.randint(2015, 2025)}; the busiest months are {draw.choice(["May and June", "all winter"])}.
    What is not written here stays with the client.
  team:
    tam: {tam}
    deputy: {deputy}
    serviceManager: {draw.choice(["sidorova", "zhukova"])}
    architect: {(architect := draw.choice(["smirnov", "gavrilov"]))}{_handover(architect, tam) if sla else ""}{under}
  maintenanceWindow: window-msk
  components:
    # In service before tamspec.
{lines}"""


def _handover(architect: str, tam: str) -> str:
    """What a project in operation has."""
    return f"\n  handover: {{from: {architect}, to: {tam}, accepted: 2026-02-02}}"


def _instance(name: str, one: Instance) -> str:
    behind = f"   # {one.comment}" if one.comment else ""
    needs = f"[{', '.join(one.needs)}]"
    if one.in_lines:
        params = "".join(f"        {key}: {inline(value)}\n" for key, value in one.params.items())
        last = f"      dependsOn: {needs}\n" if one.needs else ""
        return f"    {name}:{behind}\n      service: {one.service}\n      params:\n{params}{last}"
    params = ", ".join(f"{key}: {inline(value)}" for key, value in one.params.items())
    fields = [f"service: {one.service}"]
    fields += [f"params: {{{params}}}"] if params else []
    fields += [f"dependsOn: {needs}"] if one.needs else []
    return f"    {name}: {{{', '.join(fields)}}}{behind}\n"


def moving(draw: random.Random, of: str, people: list[str], parts: Instances, *, is_open: bool) -> str:
    """An approved Change. With a ledger its components are all there: it is history, and claims nothing any more;
    without one it is open, and orders whatever there is."""
    some = draw.sample(sorted(parts), 2)
    some = sorted(parts) if is_open else some
    return f"""\
# yaml-language-server: $schema=../../schemas/tamspec.schema.json
apiVersion: tamspec/v1
kind: Change
metadata: {{name: {of}-move, title: Moved from the old hall}}
spec:
  project: {of}
  category: normal
  state: approved
  requestedBy: {people[0]}
  description: |
    The hall of the former provider was closed.
    Back-out: none; the old hall is empty.
  components: [{", ".join(some)}]
  questions:
    keys:
      text: Who keeps the keys of the racks, you or the landlord?
      ask: {people[1]}
      due: 2026-0{draw.randint(1, 9)}-1{draw.randint(0, 9)}
      answer: The landlord; badges for {draw.randint(2, 5)} people.
"""


def draft(draw: random.Random, of: str, people: list[str], wish: Instances, value: str, ask: str) -> str:
    about = "\n  components: [" + ", ".join(wish) + "]" if wish else ""
    answers = f"\n      answers: components.{next(iter(wish))}.params.{value}" if wish else ""
    return f"""\
# yaml-language-server: $schema=../../schemas/tamspec.schema.json
apiVersion: tamspec/v1
kind: Change
metadata: {{name: {of}-next-year, title: What the next year needs}}
spec:
  project: {of}
  state: draft
  requestedBy: {people[0]}
  notBefore: 2027-0{draw.randint(1, 3)}-1{draw.randint(1, 8)}
  description: |
    Talked about in the last review; nothing is decided.
    The audit asks for a scan and for more room.{about}
  questions:
    amount:
      text: {ask}
      ask: {people[1]}
      due: 2027-0{draw.randint(1, 6)}-1{draw.randint(0, 9)}{answers}
    budget:
      text: Is it in the budget of 2027?
      ask: {people[0]}
      due: 2026-12-1{draw.randint(0, 8)}
      blocking: false   # can be told later
"""


def adopted(of: str, by: str, parts: Instances, services: Mapping[str, Service]) -> str:
    """The ledger entry that takes the components over as they stand."""
    specs = {
        name: ComponentSpec(service=Ref(one.service), params=one.params, depends_on=one.needs)
        for name, one in parts.items()
    }
    shape = landscape(Project(name=of, client=Ref(of), components=specs), services)
    event = Adopted(
        name=f"20261110t090000z-adopted-{of}",
        project=of,
        at=instant("2026-11-10T09:00:00Z", {}),
        by=by,
        components=dict(sorted(shape.components.items())),
        evidence="Inventory of 2026-11-10",
    )
    return ledger.text(event)


# Workspaces.


def catalogue() -> Iterator[tuple[str, str]]:
    """The sample catalogue, every document in a file of its own: path and text."""
    for path in sorted((ROOT / "catalog").rglob("*.yaml")):
        parts = re.split(r"^---.*\n", path.read_text("utf-8"), flags=re.MULTILINE)
        folder = path.relative_to(ROOT).with_suffix("")
        for part in parts:
            named = re.search(r"^metadata: *\{?\s*name: ([a-z0-9-]+)", part, re.MULTILINE)
            assert named, f"{path} has a document without a name"
            yield (folder / f"{named[1]}.yaml").as_posix(), part


def portfolio(clients: int, *, seed: int = 1, with_ledger: bool = True) -> Iterator[tuple[str, str]]:
    """The files of a workspace: path and text, the settings and the catalogue first."""
    yield "tamspec.yaml", "apiVersion: tamspec/v1\ntitle: Generated portfolio\nsources: [catalog, projects]\n"
    common = dict(catalogue())
    yield from common.items()
    ground, _ = pipeline.settings(b"apiVersion: tamspec/v1\n")
    files = {path: text.encode() for path, text in common.items()}
    tree = Tree(settings=ground, findings=Findings(), files=files)
    services = pipeline.tell(tree, instant(AT, {})).workspace.services
    for index in range(clients):
        yield from _one_client(index, seed, services if with_ledger else None)


def _one_client(index: int, seed: int, services: Mapping[str, Service] | None) -> Iterator[tuple[str, str]]:
    draw = random.Random(f"{seed}/{index}")
    round_, number = divmod(index, len(FIRST) * len(SECOND))
    # 61 has no divisor in common with the number of pairs, so neighbours do not share their first word.
    one, two = divmod(number * 61 % (len(FIRST) * len(SECOND)), len(SECOND))
    name = f"{FIRST[one]}-{SECOND[two]}" + (f"-{round_ + 1}" if round_ else "")
    title = " ".join(word.capitalize() for word in name.split("-"))
    suffix, what, shape = SHAPES[index % len(SHAPES)]
    of, people, parts = f"{name}-{suffix}", draw.sample(SURNAMES, 3), shape(draw)
    wish_name, wish_service, value, ask = WISHES[index % len(WISHES)]
    wish = {wish_name: Instance(service=wish_service, params={})} if index % OPEN_WORK == 0 else {}
    folder = f"projects/{name}"
    yield f"{folder}/client.yaml", client(draw, name, title, people)
    if index % 2 == 0:
        yield f"{folder}/agreement.yaml", agreement(draw, name, title)
    sla = f"sla-{name}" if index % 2 == 0 else ""
    yield f"{folder}/project.yaml", project(draw, of, name, f"{title}, {what.lower()}", sla, parts, wish)
    yield f"{folder}/move.yaml", moving(draw, of, people, parts, is_open=services is None)
    yield f"{folder}/next-year.yaml", draft(draw, of, people, wish, value, ask)
    if services is not None:
        yield f"{folder}/ledger/20261110t090000z-adopted-{of}.yaml", adopted(of, draw.choice(TAMS), parts, services)


def write(out: Path, clients: int, *, seed: int = 1, with_ledger: bool = True) -> tuple[int, int]:
    """Write a portfolio into a folder; returns the number of files and of lines of the clients' documents."""
    files = lines = 0
    for path, text in portfolio(clients, seed=seed, with_ledger=with_ledger):
        target = out / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
        if path.startswith("projects/"):
            files, lines = files + 1, lines + text.count("\n")
    return files, lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--adopted",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="a ledger entry for each project, so that little work is open (default)",
    )
    given = parser.parse_args()
    _files, _lines = write(given.out, given.clients, seed=given.seed, with_ledger=given.adopted)


if __name__ == "__main__":
    main()
