"""Whatever people write, it stays words: a page has the same headings, rows, elements and links as with plain words in
its place, in HTML, SVG, Markdown and Mermaid; and nothing of it runs, is fetched or leads anywhere.

The workspace is small, but has a text in every field that takes one, which the schemas vouch for. It loads with words
of ours in them; then others are put in their place, among them those that the loader would refuse.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import replace
from test_mermaid import BLOCK, lines_of
from test_mermaid import HOSTILE as CHART
from test_render import HOSTILE, Page, shape

from tamspec import load, pipeline, plan, resources, rules
from tamspec.desk.service_review import period
from tamspec.diagnostics import Findings
from tamspec.model.order import Event, Report, StatusSet
from tamspec.model.plan import Plan
from tamspec.model.workspace import Workspace
from tamspec.plan.compare import subtract
from tamspec.render.since import Since
from tamspec.render.trees import Material, for_client, internal, service_review

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)

SETTINGS = """\
apiVersion: tamspec/v1
title: ¤
sources: [catalog, projects]
freezes:
  year-end: {title: ¤, from: 2026-12-28, to: 2027-01-08}
charter: {purpose: ¤, does: [¤, ¤], doesNot: [¤], decides: [¤]}
handover: {access: ¤, watched: ¤}
"""
DOCUMENTS = """\
kind: Calendar
metadata: {name: weekdays, title: ¤}
spec: {timeZone: Europe/Berlin, hours: {mon-fri: ["09:00-17:00"]}, holidays: {2026-12-25: ¤, 2027-01-01: ¤}}
---
kind: Department
metadata: {name: unix, title: ¤}
spec: {manager: bogdanov, calendar: weekdays, capacity: {people: 4}}
---
kind: Department
metadata: {name: network, title: ¤}
spec: {manager: volkov, calendar: weekdays, capacity: {people: 2}}
---
kind: Person
metadata: {name: bogdanov, title: ¤}
spec: {department: unix, email: bogdanov@example.com}
---
kind: Person
metadata: {name: volkov, title: ¤}
spec:
  department: network
  absences: [{from: 2026-11-26, to: 2026-11-27, reason: ¤}]
---
kind: Person
metadata: {name: ivanova, title: ¤}
spec: {department: unix, tamShare: 30%}
---
kind: Person
metadata: {name: petrov, title: ¤}
spec: {department: network, tamShare: 30%}
---
kind: Client
metadata: {name: acme, title: ¤}
spec:
  calendar: weekdays
  freezes: {sale: {title: ¤, from: 2026-12-20, to: 2026-12-27}}
  contacts:
    gusev: {title: ¤, role: technical, email: gusev@example.org}
    orlov: {title: ¤, role: decision-maker}
  feedback:
    october: {said: 2026-10-20, by: orlov, text: ¤, score: 4}
  serviceReviews:
    2026-09:
      held: 2026-10-06
      note: ¤
      actions:
        figures: {text: ¤, owner: ivanova, due: 2026-12-01}
        card: {text: ¤, owner: gusev, due: 2026-11-01, done: 2026-10-30}
---
kind: Client
metadata: {name: borealis, title: ¤}
spec:
  calendar: weekdays
  language: ru
  contacts:
    weber: {title: ¤, role: technical}
    brandt: {title: ¤, role: decision-maker}
---
kind: Agreement
metadata: {name: gold, title: ¤}
spec:
  type: sla
  provider: unix
  customer: acme
  validFrom: 2026-01-01
  validTo: 2027-12-31
  serviceHours: weekdays
  attainment: {target: 95%, period: month}
  clocks:
    response: {start: reported, stop: acknowledged}
    resolution: {start: reported, pause: [waiting-client], stop: restored}
  priorities: {p1: {response: 1h, resolution: 8h}}
  path: [[ola-unix]]
---
kind: Agreement
metadata: {name: ola-unix, title: ¤}
spec:
  type: ola
  provider: unix
  customer: unix
  validFrom: 2026-01-01
  validTo: 2027-12-31
  serviceHours: weekdays
  clocks:
    response: {start: reported, stop: acknowledged}
    resolution: {start: reported, stop: restored}
  priorities: {p1: {response: 30m, resolution: 4h}}
---
kind: Agreement
metadata: {name: uc-lines, title: ¤}
spec:
  type: uc
  supplier: ¤
  customer: unix
  validFrom: 2026-01-01
  validTo: 2027-12-31
  serviceHours: weekdays
  clocks: {resolution: {start: reported, stop: restored}}
  priorities: {p1: {resolution: 4h}}
---
kind: Service
metadata: {name: segment, title: ¤}
spec:
  family: network
  supportedBy: network
  description: ¤
  params:
    vlans: {type: integer, min: 1, description: ¤, unit: ¤, ask: ¤}
    note: {type: string, default: ¤}
  procedures:
    provision:
      steps:
        configure: {department: network, effort: 4h, title: ¤, produces: {vlan: ¤}, checklist: [¤, ¤]}
        accept: {party: client, wait: 1wd, dependsOn: [configure]}
      backOut:
        undo: {department: network, effort: 1h, title: ¤, checklist: [¤], produces: {trace: ¤}}
    decommission: {steps: {release: {department: network, effort: 1h}}}
---
kind: Service
metadata: {name: server, title: ¤}
spec:
  family: unix
  supportedBy: unix
  params: {count: {type: integer, min: 1, default: 1}}
  procedures:
    provision:
      steps:
        install: {department: unix, with: [network], effort: 4h, needs: [vlan], checklist: [¤], produces: {login: ¤}}
    decommission: {steps: {remove: {department: unix, effort: 1h, irreversible: true}}}
---
kind: Service
metadata: {name: landscape, title: ¤}
spec:
  family: web
  supportedBy: unix
  components:
    net: {service: segment, title: ¤, params: {vlans: 2}}
    os: {service: server, dependsOn: [net]}
---
kind: Project
metadata: {name: shop, title: ¤}
spec:
  client: acme
  description: ¤
  phase: implementation
  criticality: medium
  team: {tam: ivanova, deputy: petrov, serviceManager: volkov, architect: bogdanov}
  agreement: gold
  freezes: {stocktaking: {title: ¤, from: 2026-12-10, to: 2026-12-11}}
  components:
    site: {service: landscape, title: ¤}
    pool: {service: segment, title: ¤, params: {note: ¤}}
  handover:
    from: bogdanov
    to: ivanova
    accepted: 2026-11-02
    checklist:
      access: {done: 2026-10-30, note: ¤}
      watched: {done: 2026-10-30}
      keys: {text: ¤, done: 2026-10-30, note: ¤}
  exit: {ends: 2029-06-30, to: ¤}
  responsibilities:
    patching: {title: ¤, accountable: ivanova, responsible: [unix], consulted: [gusev], informed: [orlov]}
  requirements:
    stays-up: {text: ¤, by: orlov, criticality: high, metBy: [site]}
    second-site: {text: ¤, by: orlov, declined: ¤}
    faster: {text: ¤}
  documents:
    runbook:
      title: ¤
      type: runbook
      url: https://wiki.example.com/runbook
      owner: ivanova
      reviewed: 2026-11-02
      covers: [site]
      audience: client
    notes: {title: ¤, url: "https://wiki.example.com/notes", owner: petrov, covers: [pool]}
  requests:
    peak: {text: ¤, by: gusev, asked: 2026-10-12, answer: ¤, answered: 2026-10-14, answeredBy: ivanova}
    wish: {type: wish, text: ¤, by: orlov, asked: 2026-11-20}
    plan: {type: plan, text: ¤, by: orlov, asked: 2026-10-12, answer: ¤, answered: 2026-10-20, answeredBy: volkov}
  constraints:
    old: {text: ¤, owner: ivanova, nextReview: 2027-02-01}
  growthPoints:
    abroad: {text: ¤, owner: ivanova, nextReview: 2027-02-01}
  expiries:
    certificate: {title: ¤, type: certificate, ends: 2027-03-14, leadTime: 10wd, owner: ivanova, component: site}
  capacity:
    addresses:
      title: ¤
      unit: ¤
      limit: 64
      component: pool
      leadTime: 10wd
      samples:
        2026-08-01: 20
        2026-08-15: 22
        2026-09-01: 25
        2026-09-15: 26
        2026-10-01: 29
        2026-10-15: 31
        2026-11-01: 33
        2026-11-15: 36
---
kind: Change
metadata: {name: launch, title: ¤}
spec:
  project: shop
  state: approved
  requestedBy: orlov
  requiredBy: 2026-12-18
  description: ¤
  contact: gusev
  coordination: ¤
  components: [site]
  questions:
    names: {text: ¤, ask: gusev, due: 2026-12-01, blocking: false}
    budget: {text: ¤, ask: orlov, due: 2026-11-20, answer: ¤}
  tasks:
    rehearse:
      title: ¤
      department: unix
      effort: 4h
      needs: [login]
      dependsOn: [site]
      checklist: [¤]
      produces: {protocol: ¤}
    open: {title: ¤, milestone: true, dependsOn: [rehearse]}
  backOut:
    close: {title: ¤, department: unix, effort: 1h, checklist: [¤], produces: {notes: ¤}}
  orders:
    site.os/provision/install: {effort: 8h, why: ¤}
  consents:
    grow: {by: petrov, until: 2027-02-01, note: ¤}
---
kind: Change
metadata: {name: grow, title: ¤}
spec:
  project: shop
  state: draft
  requestedBy: orlov
  requiredBy: 2027-01-29
  components: [pool]
  questions:
    size: {text: ¤, ask: gusev, due: 2026-12-11, answers: components.pool.params.vlans}
---
kind: Project
metadata: {name: freight, title: ¤}
spec:
  client: borealis
  phase: implementation
  criticality: medium
  team: {tam: petrov, deputy: ivanova, serviceManager: volkov, architect: bogdanov}
  components: {os: {service: segment, params: {vlans: 1}}}
---
kind: Change
metadata: {name: move, title: ¤}
spec:
  project: freight
  state: approved
  requestedBy: brandt
  requiredBy: 2026-12-18
  description: ¤
  components: [os]
---
kind: Incident
metadata: {name: down, title: ¤}
spec:
  project: shop
  number: ¤
  type: outage
  priority: p1
  missed: [resolution]
  reported: 2026-10-12T06:10:00Z
  resolved: 2026-10-13T09:40:00Z
  description: ¤
---
kind: Review
metadata: {name: down, title: ¤}
spec:
  project: shop
  of: [down]
  held: 2026-10-20
  impact: ¤
  timeline: {2026-10-12T06:10:00Z: ¤, 2026-10-13T09:40:00Z: ¤}
  cause: {name: nobody-looks, text: ¤, departments: [unix]}
  actions: {grow: {text: ¤, change: grow}, watch: {text: ¤}}
---
kind: Review
metadata: {name: down-again, title: ¤}
spec: {project: shop, of: [down], cause: {name: unknown, text: ¤}, noActionBecause: ¤}
---
kind: Observation
metadata: {name: flood, title: ¤}
spec:
  project: shop
  type: attack
  seen: 2026-10-06T17:30:00Z
  by: volkov
  text: ¤
  components: [site]
  told: 2026-10-07
---
kind: Observation
metadata: {name: flood-again, title: ¤}
spec: {project: shop, type: attack, seen: 2026-11-06T17:30:00Z, by: volkov, text: ¤}
---
kind: Risk
metadata: {name: flooded, title: ¤}
spec:
  project: shop
  cause: ¤
  event: ¤
  impact: ¤
  probability: 4
  severity: 5
  owner: ivanova
  components: [site]
  observations: [flood]
  response: reduce
  measures: ¤
  proposal: filter
  change: launch
  nextReview: 2027-02-01
---
kind: Risk
metadata: {name: one-site, title: ¤}
spec:
  project: shop
  event: ¤
  probability: 1
  severity: 3
  owner: ivanova
  response: accept
  acceptedBy: orlov
  acceptedOn: 2026-10-08
---
kind: Proposal
metadata: {name: filter, title: ¤}
spec:
  project: shop
  by: bogdanov
  raised: 2026-10-08
  problem: ¤
  evidence: {observations: [flood], requirements: [faster], text: ¤}
  options:
    filter: {text: ¤, cost: ¤, effect: ¤}
    nothing: {text: ¤, cost: ¤, effect: ¤}
  recommendation: filter
  decision: {decided: 2026-10-12, by: orlov, option: filter, why: ¤}
  change: launch
  reward: {given: 2026-11-20, note: ¤}
---
kind: Proposal
metadata: {name: second-site, title: ¤}
spec:
  project: shop
  by: bogdanov
  raised: 2026-11-18
  problem: ¤
  options:
    build: {text: ¤, cost: ¤, effect: ¤}
  recommendation: build
---
kind: Decision
metadata: {name: role, title: ¤}
spec: {decided: 2026-02-02, by: [bogdanov], context: ¤, decision: ¤, consequences: ¤}
---
kind: Decision
metadata: {name: filtered, title: ¤}
spec: {project: shop, decided: 2026-10-12, by: [bogdanov, ivanova], context: ¤, decision: ¤, consequences: ¤}
"""
STANDINGS = plan.Standings()
"""Words move no date, so that what one plan found is good for all."""
WORD = re.compile(r"Word \d+\b")


class Written(NamedTuple):
    """Everything that people wrote, with words of ours in every place for text."""

    workspace: Workspace
    events: tuple[Event, ...]
    words: tuple[str, ...]


def worded(text: str, numbers: Iterator[int]) -> str:
    return re.sub("¤", lambda _: f"Word {next(numbers)}", text)


@functools.cache
def written() -> Written:
    """The workspace, of which one change is ordered, and its orders are done, under way and blocked."""
    numbers = count(1)
    ground, findings = load.settings(worded(SETTINGS, numbers).encode(), resources.schemas())
    documents = [f"apiVersion: tamspec/v1\n{one}" for one in worded(DOCUMENTS, numbers).split("---\n")]
    loaded = load.load({"projects/all.yaml": "---\n".join(documents).encode()}, ground, resources.schemas())
    assert not (findings + loaded.findings).errors, [one.detail for one in (findings + loaded.findings).errors]
    words = (f"Word {next(numbers)}" for _ in count())
    made, _ = plan.make(loaded.workspace, plan.fold(()), AT)
    ordered = plan.record(made, plan.fold(()), ("launch", "move"), "ivanova")
    keys = [key for event in ordered for key in getattr(event, "orders", {})]
    net = next(key for key in keys if key.startswith("shop/site.net/") and key.endswith("/configure"))
    freight = next(key for key in keys if key.startswith("freight/") and key.endswith("/configure"))
    reports = {
        "shop": {
            net: Report(status="done", outputs={"vlan": next(words)}, exceptions=(next(words),)),
            net.replace("configure", "accept"): Report(status="rejected", reason=next(words)),
        },
        "freight": {freight: Report(status="blocked", reason=next(words), on="client")},
    }
    told = tuple(
        StatusSet(at=AT + timedelta(hours=2), by=next(words), project=project, name=f"status-{project}", orders=orders)
        for project, orders in reports.items()
    )
    return Written(loaded.workspace, (*ordered, *told), tuple(f"Word {number}" for number in range(1, next(numbers))))


def reworded(value: Any, words: Mapping[str, str]) -> Any:
    """The value with other words in the place of ours, wherever they stand."""
    if isinstance(value, str):
        return WORD.sub(lambda found: words[found[0]], value)
    if isinstance(value, Struct):
        names = set(value.__struct_fields__) - {"at", "origins", "causes", "marks", "place"}
        return replace(value, **{name: reworded(getattr(value, name), words) for name in names})
    if isinstance(value, Mapping):
        return {key: reworded(item, words) for key, item in value.items()}
    if isinstance(value, (tuple, frozenset)):
        return type(value)(reworded(item, words) for item in value)
    return value


@functools.cache
def found() -> Findings:
    """What rules object to. They may well judge words, such as the name of a person; here it is always the same."""
    workspace, events, _ = written()
    state = plan.fold(events)
    made, findings = plan.make(workspace, state, AT + timedelta(days=1))
    findings += rules.judge(workspace, events, state, made) + rules.work_rules(workspace, state, made)
    assert findings.all
    return findings


@functools.cache
def another() -> tuple[Workspace, Plan]:
    """The workspace and its plan before the work was ordered, when every text was another."""
    workspace = reworded(written().workspace, dict.fromkeys(written().words, "Another"))
    return workspace, plan.make(workspace, plan.fold(()), AT)[0]


class Pages(NamedTuple):
    """What is printed: of the provider, and of each client."""

    html: dict[str, str]
    markdown: dict[str, str]


def printed(words: Mapping[str, str]) -> Pages:
    """The pages a day after the work was ordered, with what differs from a revision in which every text was another."""
    workspace, events = reworded(written().workspace, words), reworded(written().events, words)
    state = plan.fold(events)
    made, _ = plan.make(workspace, state, AT + timedelta(days=1), standings=STANDINGS)
    earlier, before = another()
    material = Material(
        workspace=workspace,
        state=state,
        plan=made,
        findings=reworded(found(), words),
        events=events,
        promised=lambda name: pipeline.promise_told(workspace, name),
        since=Since(revision="main", workspace=earlier, difference=subtract(made, before)),
    )
    trees = {"": internal(material), **{f"{name}/": for_client(material, name) for name in workspace.clients}}
    october = period("2026-10")
    assert october is not None
    trees |= {f"review-{name}/": service_review(material, name, october, None) for name in workspace.clients}
    pages: dict[str, str] = {}
    for root, tree in trees.items():
        told, broken = tree.pages()
        assert not broken.all
        pages |= {f"{root}{path}": text for path, text in told.items()}
    return Pages(*({path: text for path, text in pages.items() if path.endswith(end)} for end in (".html", ".md")))


# -- the law -----------------------------------------------------------------------------------------------------------

SYNTAX = (
    *HOSTILE.split("\n"),
    *CHART,
    HOSTILE,
    "</title></svg></text></a></td></tr></table></main></script><script>alert(1)</script>",
    "<svg onload=alert(1)><image href=http://e.example/i.png><foreignObject><iframe src=javascript:alert(1)>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "&lt;script&gt; &#60;b&#62; &amp;lt; &bogus;",
    "]]><!-- --!> <![CDATA[ <?xml ?> <!DOCTYPE html>",
    "![x](http://e.example/i.png) [x]: http://e.example [x][x] <http://e.example> [^1] [^1]: note",
    "| a | b |\n| --- | --- |\n| c | d |",
    "# one\n## two\n\nthree\n===\n\n- four\n  - five\n\n1. six\n\n> seven\n\n***\n\n\tcode\n\n~~~\nfence",
    "- [ ] task :emoji: @root #1 !2 $x$ $$y$$ ==mark== ~sub~ ^sup^ ++ins++ [[link]] {{x}} {% x %} {# x #}",
    "\\\\ \\| \\` \\",
    "`` ` `` ``` ~~~ ````",
    "שלום \u202eabc\u202c عربى \u2067x\u2069",
    "e\u0301\u0300\u0316 \u200d\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f3f4\U000e0067\U000e007f",
    "x" * 4000,
    "long words " * 300,
    "\u3042" * 500,
    "<b>" * 400,
    "<script src=x\n<!-- never closed\n<?php\n<div class=x",
    "\n" * 50 + "x" + "\n\n\n" + "y",
)
LETTERS = st.sampled_from("|`\\*_[](){}<>&#!-+=~$@.:;/%^\"' 1ax\n\r\t\u2028\x00\x1b\x85\ufeff")
# To Python alone U+001F is a space.
ANY = st.characters(exclude_characters="\x1f")
TEXT = st.text(LETTERS | ANY, max_size=60) | st.sampled_from(SYNTAX)
TEXTS = st.lists(
    st.lists(TEXT, min_size=1, max_size=3).map("".join).filter(lambda text: bool(text.strip())), min_size=4, max_size=40
)


def plain(text: str, number: int) -> str:
    """Letters in place of all that is no space: as long, on as many lines, and different for each number."""
    letters = iter(f"{chr(ord('a') + number % 26)}{chr(ord('a') + number // 26)}")
    spaced = re.sub("\r\n|[\n\x0b\x0c\r\x1c-\x1e\x85\u2028\u2029]", "\n", text)
    return "".join(one if one in "\n\t" else " " if one.isspace() else next(letters, "x") for one in spaced)


class Shape(NamedTuple):
    """What a page is made of, without its words."""

    elements: Counter[str]
    attributes: frozenset[str]
    links: Counter[str]
    pictures: tuple[Counter[str], ...]


def shape_of(text: str) -> Shape:
    page = Page(text)
    pictures = [ET.fromstring(svg) for svg in re.findall(r"<svg.*?</svg>", text, re.DOTALL)]  # noqa: S314 - our own
    return Shape(
        Counter(page.tags),
        frozenset(page.attributes),
        Counter(page.links),
        tuple(Counter(one.tag for one in picture.iter()) for picture in pictures),
    )


def charted(text: str) -> list[int]:
    """How many lines each chart of a page has, all of which are of our form."""
    return [len(lines_of(one.rstrip("\n"))) for one in BLOCK.findall(text)]


def assert_only_words(texts: Sequence[str]) -> None:
    """The law, with these texts in turn in all places for text."""
    words = written().words
    given = {word: texts[at % len(texts)] for at, word in enumerate(words)}
    usual = {word: plain(texts[at % len(texts)], at % len(texts)) for at, word in enumerate(words)}
    hostile, benign = printed(given), printed(usual)
    assert hostile.html.keys() == benign.html.keys()
    for path, text in hostile.html.items():
        seen, expected = shape_of(text), shape_of(benign.html[path])
        for name in Shape._fields:
            assert getattr(seen, name) == getattr(expected, name), (path, name)
        assert not {"script", "iframe", "object", "embed", "img", "image", "foreignobject", "form"} & set(seen.elements)
        assert not [one for one in seen.attributes if one.startswith("on") or one in ("style", "srcdoc", "srcset")]
        assert not [one for one in seen.links if re.match(r"(?i)[^/#?]*:", one) and one != "data:,"], path
    assert hostile.markdown.keys() == benign.markdown.keys()
    for path, text in hostile.markdown.items():
        assert Counter(shape(text)) == Counter(shape(benign.markdown[path])), path
        assert charted(text) == charted(benign.markdown[path]), path


@settings(max_examples=8)
@given(TEXTS)
def test_whatever_people_write_stays_words(texts: list[str]) -> None:
    assert_only_words(texts)


def test_every_known_trick_stays_words() -> None:
    """All of them in every place, each time with another one in front."""
    tricks = [one for one in SYNTAX if one.strip() and len(one) < 500]
    assert_only_words(["\n".join((*tricks[at:], *tricks[:at])) for at in range(len(tricks))])


# -- the workspace is complete -----------------------------------------------------------------------------------------


def test_every_word_is_shown_somewhere() -> None:
    """Else the law says nothing of it."""
    words = written().words
    pages = printed({word: word for word in words})
    shown = set(WORD.findall("\n".join([*pages.html.values(), *pages.markdown.values()])))
    assert shown >= set(words), sorted(set(words) - shown)


EVERYTHING: Any = object()
"""A document that says whatever can be said."""


def places(schema: Mapping[str, Any], part: Mapping[str, Any], path: str, said: Any = EVERYTHING) -> Iterator[str]:
    """The places of a schema that take any text, as far as a document has one of ours there."""
    reference = part.get("$ref", "")
    if reference:
        part = schema["$defs"][reference.removeprefix("#/$defs/")]
    if reference == "#/$defs/text" and said in (EVERYTHING, "¤"):
        yield path
    for name, child in part.get("properties", {}).items():
        if said is EVERYTHING or (isinstance(said, dict) and name in said):
            yield from places(schema, child, f"{path}.{name}", EVERYTHING if said is EVERYTHING else said[name])
    for many, kind in (("additionalProperties", dict), ("items", list)):
        if isinstance(part.get(many), dict) and (said is EVERYTHING or isinstance(said, kind)):
            inside = [said] if said is EVERYTHING else said.values() if isinstance(said, dict) else said
            for one in inside:
                yield from places(schema, part[many], f"{path}[]", one)


MACHINES = re.compile(r"\.metadata\.labels|\.incidents\.|\.usage\.")
"""Text that only programs read."""
KINDS = {name for name in resources.schema_names() if "/" not in name} - {"tamspec", "ledgerentry"}


@pytest.mark.parametrize("name", sorted(KINDS))
def test_the_workspace_has_a_text_wherever_a_schema_allows_one(name: str) -> None:
    schema = resources.schema(name)
    kind = schema["properties"].get("kind", {}).get("const")
    documents = [*yaml.safe_load_all(SETTINGS), *yaml.safe_load_all(DOCUMENTS)]
    found = {path for one in documents if one.get("kind") == kind for path in places(schema, schema, "", one)}
    assert found == {path for path in places(schema, schema, "") if not MACHINES.match(path)}
