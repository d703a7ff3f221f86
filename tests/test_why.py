"""Why an order has its dates, why a Change finishes when it does, and where a value comes from."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import jsonschema
import pytest
from program import AT, PROVIDER, ROOT, Workspace, small
from story import Desk

from tamspec import plan
from tamspec.diagnostics import TamspecError
from tamspec.plan import origins, why

PATH = "projects/acme/project.yaml"
PROJECT = """\
apiVersion: tamspec/v1
kind: Project
metadata: {name: acme}
spec:
  client: acme
  phase: implementation
  criticality: medium
  team: {tam: ivanova, deputy: petrov, serviceManager: volkov, architect: bogdanov}
  components:
    net: {service: segment}
    shop: {service: landscape, params: {servers: 3}, dependsOn: [net]}
---
apiVersion: tamspec/v1
kind: Change
metadata: {name: launch}
spec:
  project: acme
  state: approved
  requestedBy: orlov
  components: [net, shop]
  notBefore: 2026-03-04
  questions:
    site:
      text: What is the site called?
      ask: orlov
      answers: components.shop.params.site
  tasks:
    look: {department: unix, dependsOn: [shop], wait: 2wd, effort: 1h}
    release: {party: client, dependsOn: [look], wait: 3wd}
  orders:
    net/provision/configure:
      effort: 6h
      why: Two sites.
"""
LANDSCAPE = """\
---
apiVersion: tamspec/v1
kind: Service
metadata: {name: host}
spec:
  family: unix
  supportedBy: unix
  params:
    count: {type: integer, default: 1}
    site: {type: string}
    size: {type: integer, assume: 8}
  procedures:
    provision:
      steps:
        install: {department: unix, effort: 4h}
    resize:
      onChange: {count: any, site: any, size: any}
      steps:
        resize: {department: unix, effort: 1h}
    decommission:
      steps:
        remove: {department: unix, effort: 1h}
---
apiVersion: tamspec/v1
kind: Service
metadata: {name: landscape}
spec:
  family: unix
  params:
    servers: {type: integer, default: 2}
    site: {type: string}
  components:
    front: {service: host, params: {count: $servers, site: $site}}
    back: {service: host, params: {site: intern, size: 4}, dependsOn: [front]}
"""
FILES = {PATH: PROJECT, "catalog/provider.yaml": PROVIDER + LANDSCAPE}


THREE = "volkov, calendar: weekdays, capacity: {people: 3}"


@pytest.fixture
def desk() -> Desk:
    """A composed shop on a network, not before Wednesday, and a release by the client at the end."""
    return Desk(FILES)


def desk_of(sample: Path) -> Desk:
    """The sample workspace, as of the Monday for which it is planned everywhere."""
    paths = [path for folder in ("catalog", "projects") for path in sorted((sample / folder).rglob("*.yaml"))]
    files = {path.relative_to(sample).as_posix(): path.read_text(encoding="utf-8") for path in paths}
    return Desk(files, datetime.fromisoformat(AT))


def chain(desk: Desk, key: str) -> list[tuple[str, set[str]]]:
    """The orders of a chain from the last to the cause, each with the kinds of its reasons."""
    links = why.chain(desk.plan, desk.state, key)
    return [(link.key.partition("/")[2], {reason.kind for reason in link.reasons}) for link in links]


def lines(files: dict[str, str], found: object) -> str:
    """The text of the line at which something was found."""
    return files[found.path].splitlines()[found.line - 1].strip()  # type: ignore[attr-defined]


def field(desk: Desk, name: str) -> origins.FieldWhy:
    return origins.of_field(desk.plan, desk.seen.workspace, desk.state, f"acme.components.{name}")


def way(desk: Desk, name: str) -> list[tuple[str, str]]:
    """Each step on the way of a value, with the line that it names."""
    return [(one.kind, lines(desk.files, one.at) if one.at else "") for one in field(desk, name).origins]


# -- dates -------------------------------------------------------------------------------------------------------------


def test_chain_leads_back_to_the_date_that_somebody_decided(desk: Desk) -> None:
    assert chain(desk, "acme/change:launch/release") == [
        ("change:launch/release", {"predecessor"}),
        ("change:launch/look", {"wait"}),
        ("shop.back/provision.1/install", {"predecessor"}),
        ("shop.front/provision.1/install", {"predecessor"}),
        ("net/provision.1/configure", {"release"}),
    ]


def test_change_finishes_with_its_last_order(desk: Desk) -> None:
    told = why.of_change(desk.plan, desk.state, "launch")
    assert told.chain[0].key == "acme/change:launch/release"
    assert told.chain[0].finish == told.change.forecast
    assert told.unplaced == {}


def test_chain_follows_the_order_that_made_room(desk: Desk) -> None:
    others = "".join(f"    busy-{n}: {{department: network, effort: {n}wd}}\n" for n in (3, 5))
    desk.write("projects/acme/other.yaml", change_of_tasks("busy", others))
    desk.edit(PATH, "  state: approved\n", "  state: draft\n")
    desk.edit(PATH, "  notBefore: 2026-03-04\n", "")
    desk.edit("catalog/provider.yaml", "volkov, calendar: weekdays, capacity: {people: 2}", THREE)
    desk.apply("busy")
    links = why.chain(desk.plan, desk.state, "acme/net/provision.1/configure")
    assert [link.key for link in links] == ["acme/net/provision.1/configure", "acme/change:busy/busy-3"]
    [reason] = links[0].reasons
    assert (reason.kind, reason.orders) == ("capacity", ("acme/change:busy/busy-3", "acme/change:busy/busy-5"))
    assert links[0].start is not None
    assert links[1].finish is not None
    assert links[1].finish <= links[0].start


def change_of_tasks(name: str, tasks: str) -> str:
    return f"""\
apiVersion: tamspec/v1
kind: Change
metadata: {{name: {name}}}
spec:
  project: acme
  state: approved
  requestedBy: orlov
  tasks:
{tasks}"""


def test_chain_ends_at_started_and_at_done_work(desk: Desk) -> None:
    desk.edit(PATH, "      answers: components.shop.params.site\n", "      answer: Shop\n")
    desk.edit(PATH, "servers: 3", "servers: 3, site: acme.example")
    desk.edit("catalog/provider.yaml", "assume: 8", "default: 8")
    desk.apply("launch")
    desk.later(days=2, hours=2)
    desk.report("in_progress", "net/configure")
    assert chain(desk, "acme/shop.front/provision.1/install")[-1] == ("net/provision.1/configure", {"started"})
    desk.later(hours=5)
    desk.report("done", "net/configure", "shop.front/install")
    desk.report("done", "shop.back/install")
    links = why.chain(desk.plan, desk.state, "acme/change:launch/look")
    assert [(link.status, bool(link.reasons)) for link in links] == [("ready", True), ("done", False)]
    assert links[1].finish == desk.known("shop.back/install").finished


def test_done_order_tells_its_dates_and_its_entry(desk: Desk) -> None:
    desk.write("projects/acme/other.yaml", change_of_tasks("busy", "    tidy: {department: network, effort: 1h}\n"))
    desk.apply("busy")
    desk.later(hours=3)
    desk.report("done", "tidy")
    told = why.of_order(desk.plan, desk.seen.workspace, desk.state, "acme/change:busy/tidy")
    assert (told.status, told.dates) == ("done", None)
    assert any(one.at.path.startswith("ledger/") for one in told.causes)


def test_causes_name_the_line_of_everything_that_makes_an_order(desk: Desk) -> None:
    told = why.of_order(desk.plan, desk.seen.workspace, desk.state, "acme/net/provision.1/configure")
    assert [lines(desk.files, one.at) for one in told.causes] == [
        "net: {service: segment}",
        "effort: 6h",
        "notBefore: 2026-03-04",
        "configure: {department: network, effort: 4h, produces: {vlan: Numbers of the VLANs}}",
    ]


def test_order_without_a_place_says_so(desk: Desk) -> None:
    desk.write(
        "projects/acme/other.yaml", change_of_tasks("busy", "    never: {department: network, effort: 9000wd}\n")
    )
    told = why.of_order(desk.plan, desk.seen.workspace, desk.state, "acme/change:busy/never")
    assert told.dates is None
    assert told.unplaced
    assert set(why.of_change(desk.plan, desk.state, "busy").unplaced) == {"acme/change:busy/never"}


def test_every_chain_is_finite_and_goes_back_in_time(sample: Path) -> None:
    desk = desk_of(sample)
    assert desk.plan.schedule
    for key in desk.plan.schedule:
        links = why.chain(desk.plan, desk.state, key)
        assert len({link.key for link in links}) == len(links)
        assert all(link.start and link.finish for link in links)
        assert [one.start for one in links] == sorted((one.start for one in links if one.start), reverse=True)


# -- values ------------------------------------------------------------------------------------------------------------


def test_value_is_handed_down_from_where_it_was_written(desk: Desk) -> None:
    assert field(desk, "shop.front.params.count").value == 3
    assert way(desk, "shop.front.params.count") == [
        ("handed", "front: {service: host, params: {count: $servers, site: $site}}"),
        ("written", "shop: {service: landscape, params: {servers: 3}, dependsOn: [net]}"),
    ]
    assert way(desk, "shop.params.servers") == [
        ("written", "shop: {service: landscape, params: {servers: 3}, dependsOn: [net]}")
    ]


def test_value_is_the_default_of_the_composite(desk: Desk) -> None:
    desk.edit(PATH, "params: {servers: 3}, ", "")
    assert field(desk, "shop.front.params.count").value == 2
    assert [kind for kind, _ in way(desk, "shop.front.params.count")] == ["handed", "default"]
    assert way(desk, "shop.front.params.count")[1][1] == "servers: {type: integer, default: 2}"


def test_value_of_a_part_is_written_in_the_composite_or_a_default(desk: Desk) -> None:
    back = "back: {service: host, params: {site: intern, size: 4}, dependsOn: [front]}"
    assert way(desk, "shop.back.params.site") == [("written", back)]
    assert way(desk, "shop.back.params.count") == [("default", "count: {type: integer, default: 1}")]


def test_missing_value_names_the_question_and_who_is_asked(desk: Desk) -> None:
    told = field(desk, "shop.front.params.site")
    assert told.value is None
    assert [one.kind for one in told.origins] == ["handed", "missing", "asked"]
    assert way(desk, "shop.front.params.site")[2] == ("asked", "site:")
    assert "launch" in told.origins[2].text
    assert "orlov" in told.origins[2].text


def test_assumed_value_names_what_assumes_it(desk: Desk) -> None:
    assert field(desk, "shop.front.params.size").value == 8
    assert [kind for kind, _ in way(desk, "shop.front.params.size")] == ["assumed", "asked"]
    assert way(desk, "shop.front.params.size")[0][1] == "size: {type: integer, assume: 8}"


def test_what_was_ordered_by_default_keeps_it(desk: Desk) -> None:
    desk.adopt("acme", "shop.back", "shop.front")
    desk.edit("catalog/provider.yaml", "count: {type: integer, default: 1}", "count: {type: integer, default: 5}")
    told = field(desk, "shop.back.params.count")
    assert told.value == 1
    assert [one.kind for one in told.origins] == ["kept", "default"]
    assert told.origins[0].at is not None
    assert told.origins[0].at.path.startswith("ledger/")


def test_parameter_that_is_new_in_the_catalogue_has_no_value(desk: Desk) -> None:
    desk.adopt("acme", "shop.back", "shop.front")
    desk.edit(
        "catalog/provider.yaml",
        "    site: {type: string}\n    size",
        "    site: {type: string}\n    new: {type: integer, default: 7}\n    size",
    )
    assert field(desk, "shop.back.params.new").value is None
    assert [kind for kind, _ in way(desk, "shop.back.params.new")] == ["new", "default"]


def test_difference_to_what_was_ordered_is_told(desk: Desk) -> None:
    desk.adopt("acme", "net")
    desk.edit(PATH, "net: {service: segment}", "net: {service: segment, params: {vlans: 2}}")
    last = field(desk, "net.params.vlans").origins[-1]
    assert last.kind == "ordered"
    assert "launch" in last.text


def test_needs_and_service(desk: Desk) -> None:
    assert field(desk, "shop.back.dependsOn").value == ("shop.front",)
    assert field(desk, "shop.front.dependsOn").value == ("net",)
    assert [kind for kind, _ in way(desk, "shop.front.dependsOn")] == ["around", "written"]
    assert field(desk, "net.dependsOn").value == ()
    assert field(desk, "shop.front.service").value == "host"
    assert field(desk, "shop.service").value == "landscape"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("acem.components.net.params.vlans", "'acme'"),
        ("acme.components.nte.params.vlans", "'net'"),
        ("acme.components.shop.frnt.params.count", "'shop.front'"),
        ("acme.components.net.params.vlan", "'params.vlans'"),
        ("acme.components.net.dependOn", "'dependsOn'"),
        ("acme.components.net", "acme.components.net.params.vlans"),
        ("components.net.params.vlans", "acme.components.net.params.vlans"),
        ("acme.components.x", "It has: "),
    ],
)
def test_slip_in_a_field_is_told_with_what_was_meant(desk: Desk, text: str, meant: str) -> None:
    assert origins.is_field(text)
    with pytest.raises(TamspecError, match=meant.replace(".", r"\.")):
        origins.of_field(desk.plan, desk.seen.workspace, desk.state, text)


def test_values_agree_with_the_components_that_are_ordered(sample: Path) -> None:
    desk = desk_of(sample)
    wanted = plan.desired(desk.seen.workspace, desk.state).components
    for component in wanted.values():
        for name, value in component.params.items():
            text = f"{component.project}.components.{component.name}.params.{name}"
            told = origins.of_field(desk.plan, desk.seen.workspace, desk.state, text)
            assert told.value == value
            assert told.origins


# -- the program -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return small(tmp_path_factory.mktemp("shop"))


def test_terminal_tells_dates_reasons_and_lines(shop: Workspace) -> None:
    assert (
        shop.ok("why", "harden").out
        == """\
shop/os/provision.1/harden  Harden  (launch, planned)
  Tue 24 Nov 09:00 → Tue 24 Nov 11:00. Times are those of UTC.
  It is critical: later, it would delay launch. Due Sat 19 Dec 00:00, slack 150h.

Why it does not start earlier:
  shop/os/provision.1/harden  unix  Tue 24 Nov 09:00 → Tue 24 Nov 11:00
    It follows shop/os/provision.1/install.
    shop/os/provision.1/install  unix  Mon 23 Nov 13:00 → Mon 23 Nov 17:00
      It follows shop/net/provision.1/configure.
      shop/net/provision.1/configure  network  Mon 23 Nov 09:00 → Mon 23 Nov 13:00
        Nothing holds it back: it can start at once (Mon 23 Nov 09:00).

What makes it what it is:
  projects/shop/project.yaml:11  os is asked for here.
  catalog/provider.yaml:82  This is step harden of provision: who does it, how long, and after what.
"""
    )


def test_dates_of_another_year_than_today_tell_it(tmp_path: Path) -> None:
    shop = small(tmp_path)
    text = "requiredBy: 2027-02-18\n  notBefore: 2027-01-04"
    shop.edit("projects/shop/launch.yaml", "requiredBy: 2026-12-18", text)
    shop.ok("apply", "--by", "ivanova")
    for arguments in (("why", "net/configure"), ("plan", "--full"), ("status",)):
        assert "Mon  4 Jan 2027 09:00" in shop.ok(*arguments).out
        assert "Mon  4 Jan 09:00" in shop.ok(*arguments, at="2027-01-01T00:00:00Z").out
    assert "(Mon  4 Jan 2027 00:00)" in shop.ok("why", "net/configure").out
    what = shop.ok("plan", "--delay", "net/configure=1wd").out
    assert "shop/net/provision.1/configure: Mon  4 Jan 2027 09:00 → Tue  5 Jan 2027 09:00" in what


@pytest.mark.parametrize("subject", ["harden", "launch", "shop.components.os.params.count"])
def test_json_fits_its_schema(shop: Workspace, subject: str) -> None:
    schema = json.loads((ROOT / "schemas/output/why.schema.json").read_text(encoding="utf-8"))
    data = shop.ok("why", subject, "--output-format", "json").data
    jsonschema.validate(data, schema, cls=jsonschema.Draft202012Validator)
    assert data["at"] == AT
    assert sum(data[part] is not None for part in ("order", "change", "field")) == 1
    assert bool(data["chain"]) is (data["field"] is None)


@pytest.mark.parametrize(
    ("subject", "meant"),
    [
        ("lauch", "'launch'"),
        ("os", "name one of its open orders"),
    ],
)
def test_what_nobody_knows_is_a_usage_error(shop: Workspace, subject: str, meant: str) -> None:
    answer = shop.run("why", subject)
    assert (answer.code, answer.out) == (2, "")
    assert meant in answer.err
