"""Rules that others bring: real installed distributions, in a real process."""

from __future__ import annotations

from pathlib import Path

import pytest
from program import AT, ROOT, Answer, small, started

RULES = '''\
from tamspec.rules.rule import rule, Severity


@rule("ACME101", "Project without a description", Severity.WARNING)
def no_description(workspace):
    """Whoever comes to it first must be told what it is for.

    Write a `description`.
    """
    for project in workspace.projects.values():
        if not project.description:
            yield project.at / "metadata" / "name", f"{project.name} has no description.", "Write one."


RULES = [no_description]
'''


ODD = """\
from tamspec.rules.rule import Loc, rule


@rule("ODD100", "Odd")
def odd(workspace):
    print("hello")
    {body}


RULES = odd
"""


class Site:
    """Packages beside a workspace, as an environment would hold them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "site"
        self.shop = small(folder / "shop")

    def install(self, plugin: str, code: str, *, offers: str = "RULES", package: str = "") -> None:
        """A distribution with an entry point, and its module."""
        package = package or plugin
        module = package.replace("-", "_")
        (self.folder / f"{module}-1.2.dist-info").mkdir(parents=True)
        info = self.folder / f"{module}-1.2.dist-info"
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.2\n")
        (info / "entry_points.txt").write_text(f"[tamspec.rules]\n{plugin} = {module}:{offers}\n")
        (self.folder / f"{module}.py").write_text(code)

    def name(self, *plugins: str, more: str = "") -> None:
        self.shop.write("tamspec.yaml", f"sources: [catalog, projects]\nplugins: [{', '.join(plugins)}]\n{more}")

    def run(self, *arguments: str) -> Answer:
        return started(self.shop.root, "--at", AT, *arguments, env={"PYTHONPATH": f"{self.folder}:{ROOT}"})

    def found(self, *arguments: str) -> list[tuple[str, str]]:
        data = self.run("validate", "--output-format", "json", *arguments).data
        return [(one["code"], f"{one['path']}:{one['line']}") for one in data["findings"]]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


ACME = ("ACME101", "projects/shop/project.yaml:3")
HERE = "tamspec.yaml:2"


def test_rule_of_a_plugin_is_run_where_it_is_named(site: Site) -> None:
    site.install("acme-rules", RULES)
    assert site.found() == []
    site.name("acme-rules")
    assert site.found() == [ACME]
    assert "ACME101" in site.run("plan").said


@pytest.mark.parametrize("format", ["full", "concise", "github", "gitlab", "sarif", "junit", "markdown"])
def test_every_format_takes_its_codes(site: Site, format: str) -> None:
    site.install("acme-rules", RULES)
    site.name("acme-rules")
    assert "ACME101" in site.run("validate", "--output-format", format).out


def test_severity_comment_and_selection_work_for_it(site: Site) -> None:
    site.install("acme-rules", RULES)
    site.name("acme-rules", more="rules: {ACME101: error}\n")
    assert site.run("validate").code == 1
    assert site.found("--select", "ACME") == [ACME]
    assert site.found("--ignore", "ACME101") == []
    line = "metadata: {name: shop}"
    site.shop.edit("projects/shop/project.yaml", line, f"{line} # tamspec: ignore[ACME101] known to all")
    assert site.found() == []
    site.shop.edit("projects/shop/project.yaml", "ACME101", "ACME10")
    assert site.found() == [ACME, ("TAM471", "projects/shop/project.yaml:3")]


def test_it_is_listed_and_explained(site: Site) -> None:
    site.install("acme-rules", RULES)
    site.name("acme-rules")
    assert "ACME101" in site.run("rules").out
    assert "Write a `description`." in site.run("explain", "acme101").out
    assert site.run("explain", "ACME102").code == 2


def test_plugin_that_is_not_installed(site: Site) -> None:
    site.install("acme-rules", RULES)
    site.name("acme-rule")
    assert site.found() == [("TAM481", HERE)]
    assert "acme-rules" in site.run("validate").out


@pytest.mark.parametrize(
    ("code", "offers"),
    [
        ("import nowhere_to_be_found", "RULES"),
        ("raise SystemExit(3)", "RULES"),
        ("def broken(:", "RULES"),
        ("RULES = 5", "RULES"),
        ("RULES = ['rule']", "RULES"),
        ("RULES = []", "RULES"),
        (RULES, "NO_SUCH"),
        (RULES.replace("ACME101", "TAM309"), "RULES"),
        (RULES.replace("ACME101", "TAM777"), "RULES"),
        (RULES.replace("ACME101", "acme-1"), "RULES"),
    ],
)
def test_plugin_that_cannot_be_used(site: Site, code: str, offers: str) -> None:
    site.install("acme-rules", RULES)
    site.install("odd", code, offers=offers, package="odd-package")
    site.name("acme-rules", "odd")
    assert site.found() == [ACME, ("TAM482", HERE)]
    assert "odd-package 1.2" in site.run("validate").out


def test_codes_of_two_plugins_that_collide(site: Site) -> None:
    site.install("acme-rules", RULES)
    site.install("more-rules", RULES)
    site.name("acme-rules", "more-rules")
    assert site.found() == [ACME, ("TAM482", HERE)]


@pytest.mark.parametrize(
    "body",
    [
        "raise KeyError('x')",
        "raise SystemExit(1)",
        "yield 5",
        "yield workspace, 'text'",
        "yield None, 'text'",
        "yield Loc('a', '1'), 'text'",
        "yield Loc('a'), 'text', 7",
        "yield Loc('a'), 'text', '', ['more']",
        "return 5",
    ],
)
def test_rule_that_fails_is_a_finding_and_the_others_go_on(site: Site, body: str) -> None:
    site.install("odd", ODD.format(body=body), package="odd-package")
    site.install("acme-rules", RULES)
    site.name("odd", "acme-rules")
    assert site.found() == [ACME, ("TAM483", HERE)]
    assert "odd-package 1.2" in site.run("validate").out


def test_what_it_found_before_it_failed_is_shown(site: Site) -> None:
    site.install("acme-rules", RULES.replace('"Write one."', '"Write one."\n            1 / 0'))
    site.name("acme-rules")
    assert site.found() == [ACME, ("TAM483", HERE)]


def test_pull_request_cannot_take_a_plugin_out(site: Site) -> None:
    site.install("acme-rules", RULES)
    site.name("acme-rules")
    site.shop.edit("projects/shop/project.yaml", "spec:\n", "spec:\n  description: A shop.\n")
    site.shop.start_git()
    site.shop.edit("projects/shop/project.yaml", "  description: A shop.\n", "")
    site.shop.write("tamspec.yaml", "sources: [catalog, projects]\n")
    assert site.found() == []
    assert site.found("--new-from", "HEAD") == [ACME]
