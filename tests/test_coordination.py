"""Working together: needs, lines of communication, the way up, and who answers for what."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from portfolios import examples
from test_render import fresh, lived

from tamspec.desk.lines import lines_of, matrix, supported, ways_up
from tamspec.desk.needs import needs_of
from tamspec.model.project import Requirement, Team
from tamspec.model.workspace import Workspace
from tamspec.plan.notify import addresses_of, whom_to_notify

ROLES = ("tam", "deputy", "service_manager", "architect")
WORKSPACE = fresh().workspace


@st.composite
def workspaces(draw: st.DrawFn) -> tuple[Workspace, str, dict[str, tuple[str, ...]]]:
    """The sample with a project that lost some of its people, contacts, components, documents and its agreement, and
    with some of its changes open."""
    name = draw(st.sampled_from(sorted(WORKSPACE.projects)))
    project = WORKSPACE.projects[name]
    team = {role: draw(st.sampled_from([getattr(project.team, role), None])) for role in ROLES}
    components = dict(itertools.islice(project.components.items(), draw(st.integers(0, len(project.components)))))
    client = WORKSPACE.clients[project.client.name]
    kept = draw(st.sets(st.sampled_from(sorted(client.contacts))))
    project = replace(
        project,
        team=replace(Team(), **team),
        components=components,
        agreement=draw(st.sampled_from([project.agreement, None])),
        documents=draw(st.sampled_from([project.documents, {}])),
        responsibilities=draw(st.sampled_from([project.responsibilities, {}])),
    )
    client = replace(client, contacts={one: client.contacts[one] for one in sorted(kept)})
    made = Workspace(
        **{
            **{field: getattr(WORKSPACE, field) for field in WORKSPACE.__struct_fields__},
            "projects": {**WORKSPACE.projects, name: project},
            "clients": {**WORKSPACE.clients, client.name: client},
        }
    )
    mine = [one.name for one in made.changes_of(name)]
    departments = st.lists(st.sampled_from(sorted(made.departments)), max_size=3, unique=True).map(tuple)
    return made, name, {one: draw(departments) for one in mine if draw(st.booleans())}


@examples(60)
@given(workspaces())
def test_exactly_one_is_accountable_for_each_activity(drawn: tuple[Workspace, str, dict[str, tuple[str, ...]]]) -> None:
    workspace, name, changes = drawn
    project = workspace.projects[name]
    rows = matrix(project, workspace, changes)
    assert len({(one.kind, one.subject) for one in rows}) == len(rows)
    for row in rows:
        assert row.accountable.name
        assert row.responsible
        assert row.accountable not in (*row.consulted, *row.informed)
        if row.kind != "written":
            assert row.accountable.kind in ("person", "role")
            parts = (*row.responsible, *row.consulted, *row.informed)
            assert len(set(parts)) == len(parts)
    # The technology has one who answers for it, whatever is looked at; each component, change and promise is in a row.
    assert len({one.accountable for one in rows if one.kind in ("whole", "support", "change")}) == 1
    told = [part for one in rows if one.kind == "support" for part in one.subject]
    assert sorted(told) == sorted(workspace.landscapes[name].components)
    assert {one.subject[0] for one in rows if one.kind == "change"} == set(changes)
    assert {one.subject[0] for one in rows if one.kind == "levels"} == (
        {project.agreement.name} if project.agreement else set()
    )


def test_two_lines_lead_to_the_client() -> None:
    lines = lines_of(WORKSPACE.projects["borealis"], WORKSPACE)
    told = [(one.about, one.contact, [each.name for each in one.ours]) for one in lines]
    assert told == [
        ("technology", "brandt", ["nikitina", "grigoriev"]),
        ("technology", "weber", ["nikitina", "grigoriev"]),
        ("decisions", "hoffmann", ["zhukova"]),
    ]


def test_whom_a_change_says_to_reach_is_told_of_its_windows() -> None:
    contacts = WORKSPACE.clients["borealis"].contacts
    change = replace(WORKSPACE.changes["spring-launch"], contact="hoffmann")
    workspace = replace(WORKSPACE, changes={**WORKSPACE.changes, "spring-launch": change})
    migrate = fresh().material.book.orders["borealis/change:spring-launch/migrate"]
    assert contacts["hoffmann"].email not in whom_to_notify(migrate, (), addresses_of(WORKSPACE), WORKSPACE)
    assert contacts["hoffmann"].email in whom_to_notify(migrate, (), addresses_of(workspace), workspace)
    assert contacts["hoffmann"].email not in whom_to_notify(
        replace(migrate, window=False), (), addresses_of(workspace), workspace
    )


def test_the_way_up_goes_through_the_managers_to_tam_and_service_manager() -> None:
    ways = {one.department: one for one in ways_up(WORKSPACE.projects["ticket-sales"], WORKSPACE)}
    assert ways["unix"].people == ("bogdanov", "komarov")
    assert [one.name for one in ways["unix"].then] == ["lebedeva", "zhukova"]
    assert set(ways) == set(supported(WORKSPACE.projects["ticket-sales"], WORKSPACE))


def test_gaps_come_first_and_weigh_by_need_and_project() -> None:
    project = WORKSPACE.projects["ticket-sales"]
    more = {
        **project.requirements,
        "cheap": Requirement(text="It is cheap.", criticality="low"),
        "fast": Requirement(text="It is fast.", criticality="high"),
    }
    needs = needs_of(replace(project, requirements=more), WORKSPACE)
    told = [(one.name, one.weight) for one in needs if one.answer == "open"]
    assert told == [("fast", 9), ("second-site", 6), ("cheap", 3)]
    assert [one.answer for one in needs] == ["open"] * 3 + ["met"] * 2 + ["declined"]
    (met,) = [one for one in needs if one.name == "no-strangers"]
    assert [one.name for one in met.proposals] == ["filter-before-tickets"]


def test_the_passport_tells_needs_lines_and_who_answers() -> None:
    page = fresh().html["projects/ticket-sales/index.html"].text
    for told in ("Sales go on when the whole site fails.", "Maria Lebedeva speaks with the engineers", "Pavel Komarov"):
        assert told in page


def test_a_client_reads_no_managers_of_departments_and_no_notes_of_the_handover() -> None:
    for made in (fresh(), lived()):
        pages = made.outside["dolmen"]
        assert "Maria Lebedeva" in pages["projects/ticket-sales/index.html"]
        for text in pages.values():
            assert "Pavel Komarov" not in text
            assert "The replica is watched since" not in text


def test_a_need_whose_components_are_not_built_says_so() -> None:
    made = fresh()  # nothing is adopted there
    assert "filter (wanted)" in made.html["projects/ticket-sales/index.html"].text
    assert "filter (built)" in lived().html["projects/ticket-sales/index.html"].text
