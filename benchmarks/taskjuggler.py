"""The same problem for tamspec and for TaskJuggler: `python -m benchmarks.taskjuggler OUT --orders 1000 --shape dag`.

Two shapes. `dag`: one Change whose tasks need up to two of the forty before them. `portfolio`: a project and a Change
for every ten tasks, each not before a day of its own. Every department is one person, who works Monday to Friday,
9 to 12 and 13 to 18 UTC; a task is the work of one to five days of eight hours.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

from benchmarks.measure import TAMSPEC, Cost, cost

MONDAY = date(2026, 1, 5)
AT = f"{MONDAY}T00:00:00Z"
SHAPES = ("dag", "portfolio")
DEPARTMENTS = 10
TASKS_OF_A_PROJECT = 10
NEEDS = {"dag": ((0, 1, 1, 2, 2), 40), "portfolio": ((1, 1, 2), 3)}
"""How many tasks one needs, drawn from these (the same task twice counts once), and how far back they lie at most."""

PROBLEM = "problem.tjp"
DATES = "dates"
"""The report that TaskJuggler writes."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """The work of one department. Times are working days."""

    number: int
    department: int
    days: int
    needs: tuple[int, ...]
    release: int
    """The first day on which it may begin."""


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Tasks, and into how many projects they divide."""

    shape: str
    tasks: tuple[Task, ...]

    @property
    def projects(self) -> tuple[tuple[Task, ...], ...]:
        """The tasks of each project; in the shape `dag` there is one."""
        size = TASKS_OF_A_PROJECT if self.shape == "portfolio" else len(self.tasks)
        return tuple(self.tasks[at : at + size] for at in range(0, len(self.tasks), size))


def problem(shape: str, orders: int, *, seed: int = 1) -> Problem:
    """A problem of so many orders; the same seed gives the same one."""
    draw = random.Random(f"{seed}/{shape}/{orders}")
    size = TASKS_OF_A_PROJECT if shape == "portfolio" else orders
    span = orders * 3 // DEPARTMENTS // 2 if shape == "portfolio" else 1
    counts, far = NEEDS[shape]
    tasks: list[Task] = []
    for first in range(0, orders, size):
        release = draw.randrange(span)
        for number in range(first, min(first + size, orders)):
            near = range(max(first, number - far), number)
            chosen = {draw.choice(near) for _ in range(draw.choice(counts))} if near else set()
            tasks.append(
                Task(
                    number=number,
                    department=draw.randrange(DEPARTMENTS),
                    days=draw.randint(1, 5),
                    needs=tuple(sorted(chosen)),
                    release=release,
                )
            )
    return Problem(shape=shape, tasks=tuple(tasks))


def weekday(number: int) -> date:
    """The working day of a number, the first Monday being the day 0."""
    return MONDAY + timedelta(days=number // 5 * 7 + number % 5)


# For TaskJuggler.


def tjp(problem: Problem) -> str:
    """The problem in TaskJuggler's language. The project lasts as long as its busiest department, and two thirds."""
    loads = [sum(task.days for task in problem.tasks if task.department == one) for one in range(DEPARTMENTS)]
    weeks = int((max(loads) + max(task.release for task in problem.tasks)) / 5 * 1.6) + 30
    lines = [
        f'project bench "Bench" {MONDAY}-00:00-+0000 +{weeks}w {{',
        '  timezone "UTC"',
        "  workinghours mon - fri 9:00 - 12:00, 13:00 - 18:00",
        "}",
    ]
    lines += [f'resource d{one} "Department {one}"' for one in range(DEPARTMENTS)]
    for task in problem.tasks:
        after = f"depends {', '.join(f't{need}' for need in task.needs)}" if task.needs else ""
        begin = after or f"start {weekday(task.release)}-00:00"
        lines.append(
            f'task t{task.number} "Task {task.number}" {{ effort {task.days}d allocate d{task.department} {begin} }}'
        )
    lines.append(f'taskreport {DATES} "{DATES}" {{ formats csv timeformat "%Y-%m-%dT%H:%MZ" columns id, start, end }}')
    return "\n".join(lines) + "\n"


# For tamspec.

PROVIDER = """\
apiVersion: tamspec/v1
kind: Calendar
metadata: {name: weekdays, title: Weekdays}
spec: {timeZone: UTC, hours: {mon-fri: ["09:00-12:00", "13:00-18:00"]}}
---
apiVersion: tamspec/v1
kind: Department
metadata: {name: office, title: Office}
spec: {manager: head, calendar: weekdays, capacity: {people: 3}}
---
apiVersion: tamspec/v1
kind: Person
metadata: {name: head, title: The head}
spec: {department: office}
---
apiVersion: tamspec/v1
kind: Person
metadata: {name: tam, title: The TAM}
spec: {department: office, tamShare: 30%}
---
apiVersion: tamspec/v1
kind: Person
metadata: {name: deputy, title: The deputy}
spec: {department: office, tamShare: 30%}
---
apiVersion: tamspec/v1
kind: Client
metadata: {name: client, title: The client}
spec:
  calendar: weekdays
  contacts:
    engineer: {title: The engineer, role: technical}
    head-of-it: {title: The head of IT, role: decision-maker}
"""


def workspace(problem: Problem) -> Iterator[tuple[str, str]]:
    """The problem as files of a workspace: path and text."""
    yield "tamspec.yaml", "apiVersion: tamspec/v1\ntitle: Bench\nsources: [catalog, projects]\n"
    yield "catalog/provider.yaml", PROVIDER + "".join(map(_department, range(DEPARTMENTS)))
    for number, tasks in enumerate(problem.projects):
        yield f"projects/p{number}.yaml", _project(f"p{number}", tasks)


def _department(number: int) -> str:
    return f"""\
---
apiVersion: tamspec/v1
kind: Department
metadata: {{name: d{number}, title: Department {number}}}
spec: {{manager: head, calendar: weekdays, capacity: {{people: 1}}}}
"""


def _project(name: str, tasks: tuple[Task, ...]) -> str:
    lines = "".join(f"    {line}\n" for line in map(_task, tasks))
    return f"""\
apiVersion: tamspec/v1
kind: Project
metadata: {{name: {name}, title: Project {name}}}
spec:
  client: client
  phase: implementation
  criticality: medium
  team: {{tam: tam, deputy: deputy, serviceManager: head, architect: head}}
---
apiVersion: tamspec/v1
kind: Change
metadata: {{name: {name}-work, title: Work of {name}}}
spec:
  project: {name}
  state: approved
  notBefore: {weekday(tasks[0].release)}
  tasks:
{lines}"""


def _task(task: Task) -> str:
    needs = f", dependsOn: [{', '.join(f't{need}' for need in task.needs)}]" if task.needs else ""
    return (
        f"t{task.number}: {{title: Task {task.number}, department: d{task.department}, effort: {task.days}wd{needs}}}"
    )


# Side by side.


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a program made of the problem."""

    cost: Cost
    finish: datetime | None
    """When the last task is done; None where not every task has dates."""

    @property
    def days(self) -> float | None:
        """From the first Monday to the end, nights and weekends included."""
        return round((self.finish - datetime.fromisoformat(AT)) / timedelta(days=1), 1) if self.finish else None


def write(problem: Problem, folder: Path) -> None:
    """Both texts: `problem.tjp` in the folder, and the workspace below `workspace/`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / PROBLEM).write_text(tjp(problem), "utf-8")
    for path, text in workspace(problem):
        target = folder / "workspace" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")


def tamspec(folder: Path) -> Outcome:
    """Our plan of the workspace in a folder, with an empty cache, from YAML to JSON."""
    shutil.rmtree(folder / "cache", ignore_errors=True)
    command = (*TAMSPEC, "-C", "workspace", "--at", AT, "plan", "--output-format", "json")
    spent = cost(command, folder, environment={"XDG_CACHE_HOME": str(folder / "cache")}, watched=True)
    assert spent.code == 0, f"this is a bug in the benchmark: {spent.output[-2000:]}"
    finishes = [order["finish"] for order in json.loads(spent.output)["orders"]]
    assert None not in finishes, "this is a bug in the benchmark: an order has no place"
    return Outcome(cost=replace(spent, output=""), finish=max(map(datetime.fromisoformat, finishes)))


def taskjuggler(folder: Path, limit: float) -> Outcome:
    """TaskJuggler's schedule of `problem.tjp` in a folder, from its language to CSV; ended after `limit` seconds."""
    spent = cost(("tj3", "--silent", "--no-color", PROBLEM), folder, limit=limit, watched=True)
    if spent.is_late:
        return Outcome(cost=spent, finish=None)
    assert spent.code == 0, f"this is a bug in the benchmark: {spent.output[-2000:]}"
    rows = csv.DictReader((folder / f"{DATES}.csv").read_text("utf-8").splitlines(), delimiter=";")
    return Outcome(cost=spent, finish=max(datetime.fromisoformat(row["End"]) for row in rows))


def version() -> str:
    """Of TaskJuggler, as `tj3` tells it; empty where it is not installed."""
    if shutil.which("tj3") is None:
        return ""
    told = subprocess.run(("tj3", "--version"), capture_output=True, text=True, check=False)
    found = re.search(r"\d+(\.\d+)+", told.stdout + told.stderr)
    return found[0] if found else "of an unknown version"


def main() -> None:
    """Write both texts, to look at them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.taskjuggler", description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--orders", type=int, default=1000)
    parser.add_argument("--shape", choices=SHAPES, default=SHAPES[0])
    given = parser.parse_args()
    write(problem(given.shape, given.orders), given.out)


if __name__ == "__main__":
    main()
