"""Documents that stay true, from real git and a real ledger to findings, pages and the desk."""

from __future__ import annotations

import html
import re
import subprocess
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from program import Workspace, change, environment, small

from tamspec.desk.documents import Standing, register
from tamspec.model.catalog import Client
from tamspec.model.filed import Filed
from tamspec.model.order import (
    Component,
    Dates,
    Event,
    Moved,
    Order,
    Ordered,
    OrderedComponent,
    Report,
    StatusSet,
)
from tamspec.model.project import Document, Project
from tamspec.model.values import Ref
from tamspec.model.workspace import ALWAYS
from tamspec.model.workspace import Workspace as Tamspec
from tamspec.plan import fold

DOC, CONF = "projects/shop/docs/runbook.md", "projects/shop/conf"
RUNBOOK = f"""\
  documents:
    runbook:
      type: runbook
      path: {DOC}
      owner: ivanova
      covers: [os]
      coversFiles: [{CONF}]
"""
AT = "2026-11-23T09:00:00Z"


class Shop(Workspace):
    """A project with a runbook, in a repository whose commits have the times that a test says."""

    def at(self, when: str, message: str = "Work", **files: str) -> str:
        """Commit everything, these files written before, as of an instant; gives the commit."""
        for name, text in files.items():
            self.write({"doc": DOC, "conf": f"{CONF}/nginx.conf"}[name], text)
        self.git("add", "--all")
        with pytest.MonkeyPatch.context() as patch:
            for who in ("AUTHOR", "COMMITTER"):
                patch.setenv(f"GIT_{who}_DATE", when)
            self.git("commit", "--quiet", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD").strip()

    def found(self, at: str = AT) -> list[dict[str, Any]]:
        """What is found of documents, as the JSON of the plan has it."""
        answer = self.run("plan", "--output-format", "json", at=at)
        return [one for one in answer.data["findings"] if "TAM566" <= one["code"] <= "TAM573"]

    def codes(self, at: str = AT) -> list[str]:
        return [one["code"] for one in self.found(at)]


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def bare(tmp_path: Path) -> Shop:
    """The project, without git."""
    shop = Shop(small(tmp_path / "repo").root)
    shop.write("projects/shop/project.yaml", shop.text("projects/shop/project.yaml") + RUNBOOK)
    shop.write(DOC, "# Runbook\n")
    shop.write(f"{CONF}/nginx.conf", "workers 2\n")
    return shop


@pytest.fixture
def shop(bare: Shop) -> Shop:
    """The project; everything was committed on the second of November."""
    bare.git("init", "--quiet", "--initial-branch", "main")
    bare.git("config", "user.name", "Anna Ivanova")
    bare.git("config", "user.email", "ivanova@example.com")
    bare.at("2026-11-02T08:00:00Z", "Begin")
    return bare


def line_of(shop: Workspace, path: str, text: str) -> int:
    return next(number for number, line in enumerate(shop.text(path).splitlines(), start=1) if text in line)


def build(shop: Workspace, *, done: str = "2026-11-10T15:00:00Z") -> None:
    """Order everything of the launch, and do it."""
    shop.ok("apply", "launch", at="2026-11-05T09:00:00Z")
    keys = [key for key in open_orders(shop) if key.startswith("shop/")]
    shop.ok("order", "done", *keys, "--effort", "4h", at=done)


def open_orders(shop: Workspace) -> list[str]:
    return [one["key"] for one in shop.plan()["orders"] if one["status"] != "done"]


# -- what covered files do ---------------------------------------------------------------------------------------------


def test_what_was_committed_together_is_current(shop: Shop) -> None:
    assert shop.codes() == []


def test_an_edit_of_a_covered_file_makes_a_document_stale(shop: Shop) -> None:
    id = shop.at("2026-11-09T08:00:00Z", "More workers", conf="workers 8\n")
    [found] = shop.found()
    assert found["code"] == "TAM566"
    assert (found["path"], found["line"]) == (
        "projects/shop/project.yaml",
        line_of(shop, "projects/shop/project.yaml", "runbook:"),
    )
    assert id[:12] in found["detail"]
    assert "More workers" in found["detail"]
    assert "reviews: {runbook: update-runbook}" in found["hint"]


def test_an_edit_of_the_document_makes_it_current(shop: Shop) -> None:
    shop.at("2026-11-09T08:00:00Z", conf="workers 8\n")
    shop.at("2026-11-09T08:00:01Z", doc="# Runbook\n\nEight workers.\n")
    assert shop.codes() == []
    shop.at("2026-11-09T08:00:02Z", conf="workers 9\n")  # on the same day, and after it
    assert shop.codes() == ["TAM566"]


def test_a_commit_that_changes_both_leaves_it_current(shop: Shop) -> None:
    shop.at("2026-11-09T08:00:00Z", conf="workers 8\n", doc="# Runbook\n\nEight workers.\n")
    assert shop.codes() == []


def test_the_day_of_a_review_counts_to_its_end_where_the_client_is(shop: Shop) -> None:
    shop.edit("catalog/provider.yaml", "spec: {timeZone: UTC", "spec: {timeZone: Europe/Moscow")
    shop.edit("projects/shop/project.yaml", "      covers: [os]\n", "      covers: [os]\n      reviewed: 2026-11-09\n")
    shop.at("2026-11-09T20:59:59Z", conf="workers 8\n")
    assert shop.codes() == []
    shop.at("2026-11-09T21:00:01Z", conf="workers 9\n")
    assert shop.codes() == ["TAM566"]


def test_what_is_not_committed_yet_is_newer_than_every_commit(shop: Shop) -> None:
    """Though the instant that counts as now is before the commits: `--at` is for looking back."""
    shop.at("2027-05-03T08:00:00Z", doc="# Runbook\n\nOf 2027.\n")
    shop.write(f"{CONF}/new.conf", "never committed\n")
    [found] = shop.found()
    assert found["code"] == "TAM566"
    assert "not committed" in found["detail"]
    shop.write(DOC, "# Runbook\n\nWith the new file.\n")
    assert shop.codes() == []


def test_a_commit_later_than_now_is_a_fact_all_the_same(shop: Shop) -> None:
    shop.at("2027-05-03T08:00:00Z", conf="workers 8\n")
    assert shop.codes() == ["TAM566"]
    shop.at("2027-05-04T08:00:00Z", doc="# Runbook\n\nOf 2027.\n")
    assert shop.codes() == []


def test_a_shallow_clone_does_not_know(shop: Shop, tmp_path: Path) -> None:
    shop.at("2026-11-09T08:00:00Z")
    shop.at("2026-11-10T08:00:00Z")
    copy = tmp_path / "shallow"
    asked = ("git", "clone", "--quiet", "--depth", "1", shop.root.as_uri(), str(copy))
    subprocess.run(asked, check=True, env=environment(), capture_output=True)
    [found] = Shop(copy).found()
    assert found["code"] == "TAM573"
    assert "--unshallow" in found["hint"]
    assert shop.codes() == []


def test_a_shallow_clone_tells_what_does_not_hang_on_it(shop: Shop, tmp_path: Path) -> None:
    """A day of review is known, and so are the ledger and files that changed since."""
    shop.edit("projects/shop/project.yaml", f"      coversFiles: [{CONF}]\n", "      reviewed: 2026-11-04\n")
    shop.at("2026-11-09T08:00:00Z")
    shop.at("2026-11-10T08:00:00Z")
    copy = tmp_path / "shallow"
    asked = ("git", "clone", "--quiet", "--depth", "1", shop.root.as_uri(), str(copy))
    subprocess.run(asked, check=True, env=environment(), capture_output=True)
    assert Shop(copy).codes() == []


def test_without_git_nobody_knows_dates_of_files(bare: Shop) -> None:
    [found] = bare.found()
    assert found["code"] == "TAM573"
    assert "Git knows nothing" in found["detail"]
    bare.edit("projects/shop/project.yaml", f"      coversFiles: [{CONF}]\n", "      reviewed: 2026-11-04\n")
    assert bare.codes() == []


def test_what_nobody_knows_is_not_called_stale_nor_current(bare: Shop) -> None:
    """Without git the file may have been edited since, and so may what it covers."""
    build(bare)
    bare.edit("projects/shop/project.yaml", f"      coversFiles: [{CONF}]\n", "      reviewed: 2026-11-04\n")
    assert bare.codes() == ["TAM573"]
    bare.edit("projects/shop/project.yaml", "reviewed: 2026-11-04", "reviewed: 2026-11-10")
    assert bare.codes() == []
    bare.edit("projects/shop/project.yaml", f"path: {DOC}", "url: https://wiki.example.org/runbook")
    assert bare.codes() == []
    bare.edit("projects/shop/project.yaml", "covers: [os]", f"coversFiles: [{CONF}]")
    assert bare.codes() == ["TAM573"]
    bare.edit("projects/shop/project.yaml", f"coversFiles: [{CONF}]", f"coversFiles: [{CONF}]\n      covers: [os]")
    bare.edit("projects/shop/project.yaml", "reviewed: 2026-11-10", "reviewed: 2026-11-04")
    assert bare.codes() == ["TAM566"]  # by the ledger, whatever the files say


def test_a_file_that_git_ignores_has_no_date(shop: Shop) -> None:
    shop.write(".gitignore", "*.md\n")
    shop.git("rm", "--quiet", "--cached", DOC)
    shop.at("2026-11-09T08:00:00Z")
    [found] = shop.found()
    assert found["code"] == "TAM573"
    assert "ignored" in found["detail"]


def test_a_repository_that_cannot_be_read_is_like_none(shop: Shop) -> None:
    for path in (shop.root / ".git/objects").rglob("*"):
        if path.is_file():
            path.chmod(0o644)
            path.write_bytes(b"spoilt")
    assert shop.codes() == ["TAM573"]


# -- what the ledger does ----------------------------------------------------------------------------------------------


def test_finished_orders_make_a_document_stale_and_their_change_is_named(shop: Shop) -> None:
    build(shop)
    shop.at("2026-11-10T15:30:00Z")
    [found] = shop.found()
    assert found["code"] == "TAM566"
    assert "os changed at 2026-11-10 15:00 UTC with launch" in found["detail"]
    places = [(one["path"], one["line"]) for one in found["related"]]
    assert ("projects/shop/launch.yaml", line_of(shop, "projects/shop/launch.yaml", "name: launch")) in places
    assert ("projects/shop/project.yaml", line_of(shop, "projects/shop/project.yaml", "covers:")) in places


def test_work_that_is_not_over_changes_nothing_yet(shop: Shop) -> None:
    shop.ok("apply", "launch", at="2026-11-05T09:00:00Z")
    first = [key for key in open_orders(shop) if key.endswith("/install")]
    shop.ok("order", "done", "net/configure", *first, "--effort", "4h", at="2026-11-10T15:00:00Z")
    shop.at("2026-11-10T15:30:00Z")
    assert shop.codes() == []


def test_a_component_that_is_not_covered_makes_nothing_stale(shop: Shop) -> None:
    shop.ok("apply", "launch", at="2026-11-05T09:00:00Z")
    shop.ok("order", "done", "net/configure", "--effort", "4h", at="2026-11-10T15:00:00Z")
    shop.at("2026-11-10T15:30:00Z")
    assert shop.codes() == []


def test_what_was_taken_over_counts(shop: Shop) -> None:
    shop.ok("adopt", "shop", "net", "os", "--evidence", "Inventory", at="2026-11-10T15:00:00Z")
    shop.at("2026-11-10T15:30:00Z")
    [found] = shop.found()
    assert found["code"] == "TAM566"
    assert "taken over at 2026-11-10 15:00" in found["detail"]


def test_a_renamed_component_keeps_its_history(shop: Shop) -> None:
    build(shop)
    shop.at("2026-11-10T15:30:00Z", doc="# Runbook\n\nIt is built.\n")
    shop.edit("projects/shop/project.yaml", "    os: {", "    linux: {")
    shop.edit("projects/shop/project.yaml", "covers: [os]", "covers: [linux]")
    shop.edit("projects/shop/project.yaml", "  documents:", "  moved:\n    - {from: os, to: linux}\n  documents:")
    shop.edit("projects/shop/launch.yaml", "[net, os]", "[net, linux]")
    shop.at("2026-11-11T08:00:00Z")
    assert shop.codes() == []  # written, and not recorded yet
    shop.ok("apply", at="2026-11-11T09:00:00Z")
    assert shop.codes() == []
    shop.edit("projects/shop/project.yaml", f"      coversFiles: [{CONF}]\n", "      reviewed: 2026-11-09\n")
    shop.edit("projects/shop/project.yaml", f"path: {DOC}", "url: https://wiki.example.org/runbook")
    [found] = shop.found()
    assert "linux changed at 2026-11-10 15:00 UTC with launch" in found["detail"]


# -- reviews as work orders --------------------------------------------------------------------------------------------

REVIEW = change(
    "read-again",
    "shop",
    more="  reviews: {runbook: update}\n  tasks:\n    update: {title: Bring it up to date, party: tam, effort: 2h}\n",
)


def test_a_task_that_reviews_is_an_order_of_the_tam_and_makes_the_document_current(shop: Shop) -> None:
    build(shop)
    shop.write("projects/shop/again.yaml", REVIEW)
    shop.at("2026-11-10T15:30:00Z")
    [found] = shop.found()
    assert (found["code"], "update of read-again" in found["hint"]) == ("TAM566", True)
    [order] = [one for one in shop.plan()["orders"] if one["key"] == "shop/change:read-again/update"]
    assert order["department"] == "tam"
    shop.ok("apply", "read-again", at="2026-11-12T09:00:00Z")
    assert shop.codes() == ["TAM566"]
    shop.ok("order", "done", "change:read-again/update", "--effort", "1h", at="2026-11-12T14:00:00Z")
    shop.at("2026-11-12T14:30:00Z")
    assert shop.codes() == []
    shop.at("2026-11-12T15:00:00Z", conf="workers 8\n")  # after it, on the same day
    [found] = shop.found()
    assert "update-runbook" in found["hint"]  # the task is done, so another is needed


def in_operation(shop: Shop) -> None:
    shop.edit("tamspec.yaml", "sources", "documents: {implementation: [runbook]}\nsources")


def test_a_demanded_document_that_nobody_brings_up_to_date_is_an_error(shop: Shop) -> None:
    in_operation(shop)
    shop.at("2026-11-09T08:00:00Z", "More workers", conf="workers 8\n")
    [found] = shop.found()
    assert (found["code"], found["severity"]) == ("TAM567", "error")
    shop.write("projects/shop/again.yaml", REVIEW)
    [found] = shop.found()
    assert (found["code"], found["severity"]) == ("TAM566", "warning")
    shop.edit("projects/shop/again.yaml", "state: approved", "state: withdrawn")
    assert shop.codes() == ["TAM567"]


def test_a_phase_demands_documents(shop: Shop) -> None:
    in_operation(shop)
    assert shop.codes() == []
    shop.edit("projects/shop/project.yaml", "type: runbook", "type: notes")
    [found] = [one for one in shop.findings() if one["code"] == "TAM570"]
    assert found["line"] == line_of(shop, "projects/shop/project.yaml", "phase:")
    shop.edit("projects/shop/project.yaml", "phase: implementation", "phase: design")
    assert shop.codes() == []


# -- time, and what is not there ---------------------------------------------------------------------------------------


def test_an_interval_that_is_over(shop: Shop) -> None:
    shop.edit("projects/shop/project.yaml", "covers: [os]\n", "covers: [os]\n      interval: 10d\n")
    assert shop.codes("2026-11-12T07:59:59Z") == []
    shop.at("2026-11-02T08:00:00Z")
    assert shop.codes("2026-11-12T07:59:59Z") == []
    [found] = shop.found("2026-11-12T08:00:00Z")
    assert (found["code"], found["line"]) == ("TAM568", line_of(shop, "projects/shop/project.yaml", "interval"))
    shop.edit("projects/shop/project.yaml", "interval: 10d", "interval: 10wd")
    assert shop.codes("2026-11-13T09:00:00Z") == []
    assert shop.codes("2026-11-16T09:00:00Z") == ["TAM568"]


def test_a_review_that_has_not_come(shop: Shop) -> None:
    shop.edit("projects/shop/project.yaml", "covers: [os]\n", "covers: [os]\n      reviewed: 2026-11-24\n")
    [found] = shop.found()
    assert (found["code"], found["line"]) == ("TAM573", line_of(shop, "projects/shop/project.yaml", "reviewed"))
    assert shop.codes("2026-11-24T00:00:00Z") == []
    shop.at("2026-11-09T08:00:00Z", conf="workers 8\n")
    assert shop.codes() == ["TAM566", "TAM573"]  # a day that has not come excuses nothing


def test_an_address_that_nobody_ever_read(shop: Shop) -> None:
    shop.edit("projects/shop/project.yaml", f"path: {DOC}", "url: https://wiki.example.org/runbook")
    [found] = shop.found()
    assert found["code"] == "TAM573"
    assert "Nobody ever" in found["detail"]


def test_what_is_not_there(shop: Shop) -> None:
    (shop.root / DOC).unlink()
    shop.edit("projects/shop/project.yaml", f"[{CONF}]", f"[{CONF}, projects/shop/nothing]")
    found = [(one["code"], one["line"]) for one in shop.found()]
    path = "projects/shop/project.yaml"
    assert found == [("TAM569", line_of(shop, path, "path:")), ("TAM569", line_of(shop, path, "coversFiles"))]


def test_a_link_is_not_there(shop: Shop) -> None:
    (shop.root / DOC).unlink()
    (shop.root / DOC).symlink_to("/etc/hostname")
    assert shop.codes() == ["TAM569"]


@pytest.mark.parametrize("path", ["../outside.md", "/etc/hostname", "a/../../b", "a\\0b", ".git/config", "a//b"])
def test_hostile_paths_are_findings_of_their_shape(shop: Shop, path: str) -> None:
    shop.edit("projects/shop/project.yaml", f"path: {DOC}", f'path: "{path}"')
    answer = shop.run("plan", "--output-format", "json")
    assert answer.code == 1
    assert {one["code"] for one in answer.data["findings"]} <= {"TAM105", "TAM106", "TAM107", "TAM108", "TAM002"}


def test_hostile_names_of_covered_files_are_told_harmlessly(shop: Shop) -> None:
    shop.write(f"{CONF}/<b>\n\x1b[31m.conf", "x")
    shop.at("2026-11-09T08:00:00Z", "<script>alert(1)</script>\x1b[31m |`x`")
    assert shop.codes() == ["TAM566"]
    said = shop.run("plan").said
    assert "\x1b[31m" not in said
    shop.ok("render", "--out", "../site")
    for page in (shop.root.parent / "site").rglob("*.html"):
        assert "<script>alert(1)" not in page.read_text(encoding="utf-8")


def test_intervals_and_days_beyond_all_calendars(shop: Shop) -> None:
    for interval, day in (("9999d", "0001-01-01"), ("9999wd", "1970-01-01"), ("1m", "9999-12-31")):
        spec = shop.text("projects/shop/project.yaml")
        more = f"covers: [os]\n      interval: {interval}\n      reviewed: {day}\n"
        shop.edit("projects/shop/project.yaml", "covers: [os]\n", more)
        shop.run("plan")
        shop.write("projects/shop/project.yaml", spec)


# -- where it costs nothing, and whom it concerns ----------------------------------------------------------------------


def test_git_is_not_asked_where_no_document_names_a_file(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise AssertionError("git was asked")

    monkeypatch.setattr("tamspec.gitrepo.history.history_of", fail)
    spec = shop.text("projects/shop/project.yaml")
    shop.write("projects/shop/project.yaml", spec.replace(RUNBOOK, ""))
    shop.ok("plan")
    shop.write("projects/shop/project.yaml", spec)
    shop.ok("validate")
    with pytest.raises(AssertionError, match="git was asked"):
        shop.run("plan")


def test_a_branch_is_told_only_of_documents_that_it_touches(shop: Shop) -> None:
    shop.at("2026-11-09T08:00:00Z", "More workers", conf="workers 8\n")
    shop.write(
        "catalog/more.yaml", "apiVersion: tamspec/v1\nkind: Person\nmetadata: {name: a}\nspec: {department: unix}\n"
    )
    shop.at("2026-11-10T08:00:00Z")
    answer = shop.run("plan", "--base", "HEAD~1", "--output-format", "json")
    assert [one["code"] for one in answer.data["findings"]] == []
    shop.edit("projects/shop/project.yaml", "criticality: medium", "criticality: high")
    answer = shop.run("plan", "--base", "HEAD~1", "--output-format", "json")
    assert [one["code"] for one in answer.data["findings"]] == ["TAM566"]


def test_a_branch_that_changes_a_covered_file_is_told(shop: Shop) -> None:
    shop.edit("projects/shop/project.yaml", f"[{CONF}]", "[catalog/provider.yaml]")
    shop.at("2026-11-09T08:00:00Z", doc="# Runbook\n\nRead.\n")
    shop.edit("catalog/provider.yaml", "title: Unix and Linux", "title: Unix")
    shop.at("2026-11-10T08:00:00Z")
    answer = shop.run("plan", "--base", "HEAD~1", "--output-format", "json")
    assert [one["code"] for one in answer.data["findings"]] == ["TAM566"]


# -- what people read --------------------------------------------------------------------------------------------------


def page(shop: Shop, path: str, *options: str) -> str:
    """A page of the site (or below `clients/`), without its tags."""
    shop.run("render", "--out", "../site", "--clients", "../clients", *options)
    text = (shop.root.parent / ("" if path.startswith("clients/") else "site") / path).read_text(encoding="utf-8")
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", text)))


def test_the_passport_tells_which_commit_made_a_document_stale(shop: Shop) -> None:
    assert "1 document: 1 current." in page(shop, "projects/shop/index.html")
    id = shop.at("2026-11-09T08:00:00Z", "More workers", conf="workers 8\n")
    told = page(shop, "projects/shop/index.html", "--source-url", "https://forge.example/blob/1")
    assert "1 document: 1 stale." in told
    assert f"{CONF} changed on Mon 2026-11-09 08:00 with commit {id[:12]}: More workers" in told
    raw = (shop.root.parent / "site/projects/shop/index.html").read_text(encoding="utf-8")
    assert f'href="https://forge.example/blob/1/{DOC}"' in raw


def test_a_client_reads_of_his_documents_and_of_nothing_internal(shop: Shop) -> None:
    build(shop)
    shop.edit("projects/shop/project.yaml", "      owner: ivanova\n", "      owner: volkov\n      audience: client\n")
    shop.edit(
        "projects/shop/project.yaml",
        "  documents:\n",
        "  documents:\n    secret-plan: {url: 'https://wiki.example.org/x', owner: ivanova, covers: [os]}\n",
    )
    id = shop.at("2026-11-10T16:00:00Z", "Internal words")
    shop.at("2026-11-11T08:00:00Z", "Words of a commit", conf="workers 8\n")
    told = page(shop, "clients/acme/projects/shop/index.html", "--source-url", "https://forge.example/blob/1")
    raw = (shop.root.parent / "clients/acme/projects/shop/index.html").read_text(encoding="utf-8")
    assert "forge.example" not in raw
    assert DOC not in raw
    assert "1 document: 1 stale." in told
    assert "Something that it describes changed on Wed 2026-11-11." in told
    for hidden in (DOC, CONF, "secret-plan", "Words of a commit", "Internal words", id[:12], "Owner"):
        assert hidden not in told, hidden
    shop.edit("projects/shop/project.yaml", "audience: client", "audience: provider")
    assert "stale" not in page(shop, "clients/acme/projects/shop/index.html")
    assert not (shop.root.parent / "clients/acme/documents.html").exists()


def test_a_client_reads_which_change_made_a_document_stale(shop: Shop) -> None:
    build(shop)
    shop.edit("projects/shop/project.yaml", "      owner: ivanova\n", "      owner: ivanova\n      audience: client\n")
    shop.edit("projects/shop/project.yaml", f"      coversFiles: [{CONF}]\n", "      reviewed: 2026-11-04\n")
    shop.edit("projects/shop/project.yaml", f"path: {DOC}", "url: https://wiki.example.org/runbook")
    told = page(shop, "clients/acme/projects/shop/index.html")
    assert "os changed on Tue 2026-11-10. launch" in told
    raw = (shop.root.parent / "clients/acme/projects/shop/index.html").read_text(encoding="utf-8")
    assert 'href="https://wiki.example.org/runbook"' in raw


def test_the_list_of_all_documents_has_the_worst_first_and_pages(shop: Shop) -> None:
    many = "".join(
        f"    d{n:03}: {{url: 'https://w.example.org', owner: ivanova, reviewed: 2026-11-{n % 9 + 10}, covers: [os]}}\n"
        for n in range(120)
    )
    shop.write("projects/shop/project.yaml", shop.text("projects/shop/project.yaml") + many)
    shop.at("2026-11-09T08:00:00Z", conf="workers 8\n")
    told = page(shop, "documents.html")
    assert "121 documents: 1 stale and 120 current." in told
    assert told.index(" runbook ") < told.index(" d000 ")
    names = sorted(path.name for path in (shop.root.parent / "site").glob("documents*.html"))
    assert names == ["documents-2.html", "documents-3.html", "documents.html"]
    for path in (shop.root.parent / "site").glob("documents*.html"):
        assert path.stat().st_size < 50_000
    passport = page(shop, "projects/shop/index.html")
    assert "And 91 more" in passport
    listed = passport[passport.index("Found true") :]
    assert listed.index(" runbook ") < listed.index(" d000 ")
    shown = "".join(page(shop, name) for name in names)
    assert all(shown.count(f" d{n:03} ") == 1 for n in range(120))


def test_the_desk_of_the_tam_and_today_name_what_is_to_be_read(shop: Shop) -> None:
    assert "Documents to be read:" not in shop.ok("today").out
    shop.at("2026-11-09T08:00:00Z", conf="workers 8\n")
    told = shop.ok("today", "--who", "ivanova").out
    assert f"STALE  shop: runbook  {CONF} changed Mon 9 Nov" in told
    assert "runbook : stale." in page(shop, "desk/ivanova.html")
    assert "1 document to be read" in page(shop, "desks.html")
    assert "Documents to be read" not in shop.ok("today", "--who", "bogdanov").out


def test_same_history_same_pages(shop: Shop) -> None:
    shop.at("2026-11-09T08:00:00Z", conf="workers 8\n")
    first = page(shop, "documents.html")
    assert page(shop, "documents.html") == first


# -- what the ledger means, as values ----------------------------------------------------------------------------------

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
WEEK = timedelta(7)


def order(component: str, *, standby: bool = False, action: str = "change.1", step: str = "do") -> Order:
    return Order(
        key=f"shop/{component}/{action}/{step}",
        project="shop",
        change="grow",
        component=component,
        action=action,
        step=step,
        title=step,
        standby=standby,
    )


def ordered(at: datetime, *orders: Order, gone: bool = False) -> Ordered:
    made = {
        one.component: OrderedComponent(
            action=one.action,
            kind="decommission" if gone else "change",
            target=None if gone else Component(project="shop", name=one.component, service="s"),
        )
        for one in orders
    }
    dates = Dates(start=at, finish=at)
    given = {one.key: (one, dates) for one in orders}
    return Ordered(at=at, by="tam", project="shop", change="grow", name="b", components=made, orders=given)


def status(at: datetime, word: Any, *orders: Order) -> StatusSet:
    return StatusSet(
        at=at, by="unix", project="shop", name="c", orders={one.key: Report(status=word) for one in orders}
    )


def judged(*events: Event, covers: str = "shop", moves: Mapping[str, str] | None = None) -> Standing:
    """The standing of a document that was reviewed on the third of November."""
    document = Document(url="https://x", owner=Ref(name="o"), reviewed=date(2026, 11, 3), covers=(covers,))
    made = Project(name="shop", client=Ref(name="c"), documents={"runbook": document})
    client = Client(name="c", calendar=Ref(name=ALWAYS.name))
    workspace = Tamspec(clients={"c": client}, calendars={ALWAYS.name: ALWAYS}, projects={"shop": made})
    found = register(workspace, fold(events), events, Filed(), NOON + 10 * WEEK, {"shop": moves or {}})
    [one] = found.of("shop")
    return one


def test_a_whole_is_covered_with_its_parts_and_nothing_else() -> None:
    part, other = order("shop.web"), order("shopping")
    events = (ordered(NOON, part, other), status(NOON + WEEK, "done", part), status(NOON + 2 * WEEK, "done", other))
    one = judged(*events)
    assert (one.verdict, one.cause and one.cause.name, one.cause and one.cause.at) == ("stale", "shop.web", NOON + WEEK)
    assert judged(*events, covers="shop.app").verdict == "current"


def test_a_part_that_is_taken_away_is_a_change_too() -> None:
    away = order("shop.web", action="decommission.1")
    assert judged(ordered(NOON, away, gone=True), status(NOON + WEEK, "done", away)).verdict == "stale"


def test_an_action_is_over_with_its_last_order_and_a_back_out_does_not_count() -> None:
    first, last, back = order("shop"), order("shop", step="test"), order("shop", step="undo", standby=True)
    begun = (ordered(NOON, first, last, back), status(NOON + WEEK, "done", first))
    assert judged(*begun).verdict == "current"
    one = judged(*begun, status(NOON + 2 * WEEK, "done", last))
    assert one.cause
    assert (one.verdict, one.cause.at, one.cause.change) == ("stale", NOON + 2 * WEEK, "grow")
    assert judged(*begun, status(NOON + 2 * WEEK, "cancelled", last)).verdict == "current"


def test_the_last_of_several_changes_is_named() -> None:
    first, second = order("shop"), order("shop", action="change.2")
    events = (ordered(NOON, first), status(NOON + WEEK, "done", first), ordered(NOON + 2 * WEEK, second))
    assert (
        judged(*events, status(NOON + 3 * WEEK, "done", second)).cause
        == judged(*reversed(events), status(NOON + 3 * WEEK, "done", second)).cause
    )
    one = judged(*events, status(NOON + 3 * WEEK, "done", second))
    assert one.cause
    assert one.cause.at == NOON + 3 * WEEK


def test_a_rename_that_is_written_and_one_that_is_recorded_keep_the_history() -> None:
    work = order("old")
    events = (ordered(NOON, work), status(NOON + WEEK, "done", work))
    assert judged(*events, covers="new").verdict == "current"
    assert judged(*events, covers="new", moves={"old": "new"}).verdict == "stale"
    moved = Moved(at=NOON + 2 * WEEK, by="tam", project="shop", name="d", moves={"old": "new"})
    one = judged(*events, moved, covers="new")
    assert (one.verdict, one.cause and one.cause.at) == ("stale", NOON + WEEK)


def test_the_day_of_review_is_over_at_midnight() -> None:
    work = order("shop")
    midnight = datetime(2026, 11, 4, tzinfo=UTC)
    assert judged(ordered(NOON, work), status(midnight, "done", work)).verdict == "current"
    assert judged(ordered(NOON, work), status(midnight + timedelta(seconds=1), "done", work)).verdict == "stale"
