"""The program, called in this process or started as a user starts it, in workspaces that a test may do anything to."""

from __future__ import annotations

import gc
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tamspec.cli import main

ROOT = Path(__file__).resolve().parent.parent
AT = "2026-11-23T09:00:00Z"
"""A Monday at noon in Moscow; the sample is planned as of then."""

PROVIDER = """\
apiVersion: tamspec/v1
kind: Calendar
metadata: {name: weekdays, title: Weekdays}
spec: {timeZone: UTC, hours: {mon-fri: ["09:00-17:00"]}}
---
apiVersion: tamspec/v1
kind: Department
metadata: {name: unix, title: Unix and Linux}
spec: {manager: bogdanov, calendar: weekdays, capacity: {people: 4}}
---
apiVersion: tamspec/v1
kind: Department
metadata: {name: network, title: Networks}
spec: {manager: volkov, calendar: weekdays, capacity: {people: 2}}
---
apiVersion: tamspec/v1
kind: Person
metadata: {name: bogdanov, title: Maxim Bogdanov}
spec: {department: unix}
---
apiVersion: tamspec/v1
kind: Person
metadata: {name: volkov, title: Denis Volkov}
spec: {department: network}
---
apiVersion: tamspec/v1
kind: Person
metadata: {name: ivanova, title: Anna Ivanova}
spec: {department: unix, tamShare: 30%}
---
apiVersion: tamspec/v1
kind: Person
metadata: {name: petrov, title: Sergey Petrov}
spec: {department: network, tamShare: 30%}
---
apiVersion: tamspec/v1
kind: Client
metadata: {name: acme, title: ACME}
spec:
  calendar: weekdays
  contacts:
    gusev: {title: Pavel Gusev, role: technical}
    orlov: {title: Ivan Orlov, role: decision-maker}
---
apiVersion: tamspec/v1
kind: Service
metadata: {name: segment, title: Network segment}
spec:
  family: network
  supportedBy: network
  params:
    vlans: {type: integer, min: 1, default: 1}
  procedures:
    provision:
      steps:
        configure: {department: network, effort: 4h, produces: {vlan: Numbers of the VLANs}}
    extend:
      onChange: {vlans: increase}
      steps:
        add: {department: network, effort: 1h}
    decommission:
      steps:
        release: {department: network, effort: 1h}
---
apiVersion: tamspec/v1
kind: Service
metadata: {name: server, title: Server with Linux}
spec:
  family: unix
  supportedBy: unix
  params:
    count: {type: integer, min: 1, default: 1}
    distribution: {type: string, enum: [debian-12, debian-13], default: debian-13}
  procedures:
    provision:
      steps:
        install:
          department: unix
          effort: 4h
          checklist: [Disks are encrypted]
          produces: {os-login: Host names and accounts}
        harden: {department: unix, dependsOn: [install], effort: 2h}
    grow:
      onChange: {count: increase}
      steps:
        add: {department: unix, effort: 2h}
    decommission:
      steps:
        remove: {department: unix, effort: 1h, irreversible: true}
"""
"""A provider of two departments and two services, in which every time of day is UTC."""


def project(name: str) -> str:
    """A project of two components in a row."""
    return f"""\
apiVersion: tamspec/v1
kind: Project
metadata: {{name: {name}}}
spec:
  client: acme
  phase: implementation
  criticality: medium
  team: {{tam: ivanova, deputy: petrov, serviceManager: volkov, architect: bogdanov}}
  components:
    net: {{service: segment}}
    os: {{service: server, dependsOn: [net]}}
"""


def change(name: str, project: str, *components: str, state: str = "approved", more: str = "") -> str:
    """A Change of a project; `more` are further lines of its spec, already indented."""
    return f"""\
apiVersion: tamspec/v1
kind: Change
metadata: {{name: {name}}}
spec:
  project: {project}
  state: {state}
  requestedBy: orlov
  requiredBy: 2026-12-18
  components: [{", ".join(components)}]
{more}"""


class Answer(NamedTuple):
    """What the program said, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """Both streams."""
        return self.out + self.err

    @property
    def data(self) -> Any:
        """What stands on the output, read as JSON."""
        return json.loads(self.out)


def command(*arguments: str) -> list[str]:
    """The command line that starts the program."""
    return [sys.executable, "-m", "tamspec", *arguments]


def environment(**more: str | None) -> dict[str, str]:
    """The test's environment, in which the program is found from everywhere; None takes a variable away."""
    found = {**os.environ, "PYTHONPATH": str(ROOT), "TAMSPEC_BY": "tester", **more}
    return {name: value for name, value in found.items() if value is not None}


def started(folder: Path, *arguments: str, env: Mapping[str, str | None] | None = None) -> Answer:
    """Start the program in a folder and wait for it, where a test is about the process: what it imports, its seed."""
    done = subprocess.run(
        command(*arguments),
        cwd=folder,
        env=environment(**(env or {})),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )
    return sound(done.returncode, done.stdout, done.stderr)


def run(folder: Path, *arguments: str, env: Mapping[str, str | None] | None = None) -> Answer:
    """Call the program in a folder, in this process: it answers as if it were started, ten times sooner."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", newline="", write_through=True) for _ in range(2))
    with pytest.MonkeyPatch.context() as patch, Path(os.devnull).open(encoding="utf-8") as nothing:
        patch.chdir(folder)
        for name, value in {"TAMSPEC_BY": "tester", **(env or {})}.items():
            patch.delenv(name, raising=False) if value is None else patch.setenv(name, value)
        for name, stream in {"stdin": nothing, "stdout": out, "stderr": err}.items():
            patch.setattr(sys, name, stream)
        with pytest.raises(SystemExit) as ended:
            main(arguments)
    gc.unfreeze()  # the program, which soon ends, does without
    gc.enable()
    return sound(ended.value.code, out.buffer.getvalue(), err.buffer.getvalue())


def sound(code: Any, out: bytes, err: bytes) -> Answer:
    """The answer, which never holds a traceback, nor a bug of the program's own."""
    answer = Answer(code, out.decode(), err.decode())
    assert "Traceback" not in answer.said, answer.said
    assert "bug in tamspec" not in answer.said, answer.said
    return answer


class Workspace:
    """A workspace in a folder of its own; every call counts `AT` as now unless it says another instant."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def run(self, *arguments: str, at: str = AT, env: Mapping[str, str | None] | None = None) -> Answer:
        """Call the program here."""
        return run(self.root, "--at", at, *arguments, env=env)

    def ok(self, *arguments: str, at: str = AT) -> Answer:
        """As `run`, and it must end with 0."""
        answer = self.run(*arguments, at=at)
        assert answer.code == 0, answer.said
        return answer

    def plan(self, at: str = AT) -> Any:
        """The plan as JSON; there must be no error."""
        return self.ok("plan", "--output-format", "json", at=at).data

    def findings(self) -> list[dict[str, Any]]:
        """Everything that `validate` finds, and the exit code must agree with it."""
        answer = self.run("validate", "--output-format", "json")
        found: list[dict[str, Any]] = answer.data["findings"]
        assert answer.code == int(any(one["severity"] == "error" for one in found)), answer.said
        return found

    def text(self, path: str) -> str:
        return (self.root / path).read_text(encoding="utf-8")

    def write(self, path: str, text: str | bytes) -> None:
        """Put a file there, with the folders that it needs."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode() if isinstance(text, str) else text)

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace a text that stands there exactly once."""
        text = self.text(path)
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path}"
        self.write(path, text.replace(old, new))

    def git(self, *arguments: str) -> str:
        """Run git here and give what it says."""
        done = subprocess.run(["git", *arguments], cwd=self.root, env=environment(), capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    def commit(self, message: str = "Work") -> str:
        """Commit everything; gives the revision."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD").strip()

    def start_git(self) -> Workspace:
        """Make it a repository in which everything is committed."""
        self.git("init", "--quiet", "--initial-branch", "main")
        self.git("config", "user.name", "Anna Ivanova")
        self.git("config", "user.email", "ivanova@example.com")
        self.commit("Begin")
        return self

    def files(self) -> dict[str, bytes]:
        """Every file but git's own, by path."""
        found = (path for path in self.root.rglob("*") if path.is_file() and ".git" not in path.parts)
        return {path.relative_to(self.root).as_posix(): path.read_bytes() for path in sorted(found)}

    def ledger(self) -> list[str]:
        """The paths of all ledger entries."""
        return sorted(path for path in self.files() if "/ledger/" in path)


def copy_of_sample(folder: Path) -> Workspace:
    """The catalogue, the projects and the data of this repository, to be spoilt."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("catalog", "projects", "data"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "tamspec.yaml", folder)
    return Workspace(folder)


def small(folder: Path) -> Workspace:
    """A workspace of one project, `shop`, with one approved Change, `launch`; quick to load."""
    folder.mkdir(parents=True, exist_ok=True)
    workspace = Workspace(folder)
    workspace.write("tamspec.yaml", "apiVersion: tamspec/v1\nsources: [catalog, projects]\n")
    workspace.write("catalog/provider.yaml", PROVIDER)
    workspace.write("projects/shop/project.yaml", project("shop"))
    workspace.write("projects/shop/launch.yaml", change("launch", "shop", "net", "os"))
    return workspace
