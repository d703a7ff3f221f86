"""The tables of `docs/benchmarks.md`, each between `<!-- figures: NAME -->` and `<!-- end -->`, from what is kept."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.measure import RESULTS, ROOT

PAGE = ROOT / "docs" / "benchmarks.md"
BLOCK = re.compile(r"(<!-- figures: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)

Figures = Mapping[str, Any]

OURS = ("tamspec, cold", "tamspec, cold, one process", "tamspec, one file changed", "tamspec, nothing changed")


def renew(page: Path = PAGE) -> None:
    """Write the tables anew from the figures that are there."""
    page.write_text(filled(page.read_text("utf-8")), "utf-8")


def filled(text: str, results: Path = RESULTS) -> str:
    """The page with its tables; a block whose figures were never measured stays as it is."""

    def block(found: re.Match[str]) -> str:
        path = results / f"{found[2]}.json"
        if not path.is_file():
            return found[0]
        return f"{found[1]}\n{TABLES[found[2]](json.loads(path.read_text('utf-8')))}\n{found[3]}"

    return BLOCK.sub(block, text)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _validate(figures: Figures) -> str:
    sizes = figures["sizes"]
    names = [name for name in sizes[0]["programs"] if name not in OURS]
    head = ["", *(f"{size['clients']:,} clients" for size in sizes)]
    ratios = [[name, *(_ratio(size, name) for size in sizes)] for name in (*names, *OURS[1:])]
    seconds = [[name, *(_seconds(size, name) for size in sizes)] for name in (*OURS, *names)]
    memory = [[name, *(_peak(size, name) for size in sizes)] for name in (*OURS, *names)]
    versions = ", ".join(f"{name} {version}" for name, version in figures["versions"].items())
    read = [
        ["files", *(f"{size['files']:,}" for size in sizes)],
        ["MiB", *(f"{size['mib']:.1f}" for size in sizes)],
        ["lines a client", *(f"{size['lines'] / size['clients']:.0f}" for size in sizes)],
    ]
    return "\n".join(
        (
            f"{_on(figures)} Versions: {versions}.\n",
            "How many times as long as `tamspec validate` with an empty cache (*tamspec, cold*):\n",
            _table(head, ratios),
            "Seconds of the whole process, the least of the runs, and the median in brackets:\n",
            _table(head, seconds),
            "Most memory at one time, in MiB, of the process and its children:\n",
            _table(head, [row for row in memory if any(cell != "–" for cell in row[1:])]),
            "What was read:\n",
            _table(head, read),
            _startup(figures["startup"]),
        )
    )


def _startup(startup: Figures) -> str:
    ours = startup["tamspec --version"]["min"]
    both = startup["python -c 'import click'"]["min"]
    rows = [[f"`{name}`", f"{one['min'] * 1000:.0f} ({one['median'] * 1000:.0f})"] for name, one in startup.items()]
    ratio = f"`tamspec --version` takes {ours / both:.1f} times as long as Python with click. Milliseconds:\n\n"
    return ratio + _table(["", "least (median)"], rows)


def _ratio(size: Figures, name: str) -> str:
    one, first = size["programs"].get(name), size["programs"][OURS[0]]
    if one is None:
        return "–"
    ratio = one["min"] / first["min"]
    return f"{ratio:.1f}" if ratio >= 1 else f"{ratio:.3f}"


def _seconds(size: Figures, name: str) -> str:
    one = size["programs"].get(name)
    return f"{one['min']:.2f} ({one['median']:.2f})" if one else "–"


def _peak(size: Figures, name: str) -> str:
    one = size["programs"].get(name)
    return f"{one['peak_mib']:,}" if one and "peak_mib" in one else "–"


def _on(figures: Figures) -> str:
    on = figures["machine"]
    return (
        f"Measured on {on['processor']}, {on['cores']} cores, {on['memory_gib']} GiB, {on['system']}, "
        f"Python {on['python']}."
    )


def _typos(figures: Figures) -> str:
    rows = []
    for name, one in figures["workspaces"].items():
        for group, shares in (("all", one), *one["by_group"].items()):
            shown = [f"{shares[key]:.2f} %" for key in ("right_line", "one_finding", "right_suggestion")]
            rows.append([f"{name}: {group}", *shown])
    counted = [
        f"{name}: {one['slips']:,} slips of {sum(one['sites'].values()):,} words "
        f"({', '.join(f'{count:,} {group}s' for group, count in one['sites'].items())}); left out: "
        f"{', '.join(f'{count:,} × {why}' for why, count in one['left_out'].items()) or 'none'}."
        for name, one in figures["workspaces"].items()
    ]
    table = _table(["", "right line", "exactly one finding", "right suggestion"], rows)
    return "\n".join((table, *(f"- {line}" for line in counted), ""))


def _fuzz(figures: Figures) -> str:
    rows = [
        [name, f"{one['inputs']:,}", str(one["raised"]), str(one["slow"]), f"{one['slowest_seconds']:.3f} s"]
        for name, one in figures["parsers"].items()
    ]
    suite = figures["suite"]
    table = _table(["parser", "inputs", "raised", "over 200 ms", "the slowest"], rows)
    if "inputs" not in suite:
        return table
    return (
        f"{table}\nOf the {suite['inputs']} inputs of the YAML test suite, on each parser, {suite['found']} raised.\n"
    )


def _plan(figures: Figures) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in figures["versions"].items())
    return "\n".join(
        (
            f"{_on(figures)} Versions: {versions}.\n",
            _psplib(figures["psplib"]),
            _problems(figures["problems"], figures["limit_seconds"]),
            _portfolios(figures["portfolios"]),
        )
    )


def _psplib(found: Figures) -> str:
    if "sets" not in found:
        return "PSPLIB was not measured: the instances were not there.\n"
    head = ["PSPLIB", "instances", "mean", "worst", "at best known", "CPU ms", "median", "most", "schedules tried"]
    rows = [
        [
            name,
            f"{one['instances']:,}",
            f"{one['mean_deviation_percent']:.2f} %",
            f"{one['worst_deviation_percent']:.1f} %",
            f"{one['at_best_known']:,}",
            *(f"{one[key]:.1f}" for key in ("cpu_ms_mean", "cpu_ms_median", "cpu_ms_max")),
            f"{one['evaluations_mean']:.0f}",
        ]
        for name, one in found["sets"].items()
    ]
    return f"How much longer than the best known makespan, and CPU time for each instance:\n\n{_table(head, rows)}"


def _problems(problems: Sequence[Figures], limit: int) -> str:
    head = ["orders, shape", "tamspec, CPU s", "tj3, CPU s", "times", "tamspec, MiB", "tj3, MiB", "makespan"]
    rows = []
    for one in problems:
        ours, theirs = one["tamspec"], one.get("tj3")
        row = [f"{one['orders']:,}, {one['shape']}", f"{ours['cpu_seconds']:.2f}"]
        if theirs:
            more = "more than " if theirs["is_late"] else ""
            row += [f"{more}{theirs['cpu_seconds']:.1f}", f"{more}{one['cpu_ratio']:.1f}"]
        else:
            row += ["–", "–"]
        row += [str(ours["peak_mib"]), str(theirs["peak_mib"]) if theirs else "–"]
        rows.append([*row, f"{one['makespan_ratio']:.3f}" if one.get("makespan_ratio") else "–"])
    told = "" if all("tj3" in one for one in problems) else "tj3 was not installed.\n\n"
    if any(one.get("tj3", {}).get("is_late") for one in problems):
        told += f"tj3 was ended after {limit // 60} minutes where it says *more than*.\n\n"
    return f"The same problem for both, whole processes, from text to dates:\n\n{told}{_table(head, rows)}"


def _portfolios(portfolios: Sequence[Figures]) -> str:
    head = [
        "clients, load",
        "people",
        "days",
        "placed, CPU s",
        "explained, CPU s",
        "µs an order",
        "MiB",
        "late",
        "mean lateness",
    ]
    rows = [
        [
            f"{one['clients']:,}, {one['load_percent']} %",
            str(one["people"]),
            f"{one['span_days']:.0f}",
            f"{one['cpu_seconds_to_place']:.2f}",
            f"{one['cpu_seconds'] - one['cpu_seconds_to_place']:.2f}",
            f"{one['microseconds_an_order']:.0f}",
            f"{one['peak_mib_when_placed']}, {one['peak_mib']}",
            f"{one['late_percent']:.1f} %",
            f"{one['tardiness_days_mean']:.2f} days",
        ]
        for one in portfolios
    ]
    asked = [
        [
            f"{one['clients']:,}, {one['load_percent']} %",
            f"{one['pull_request']['cpu_seconds']:.2f}",
            f"{one['pull_request']['cpu_seconds_of_the_base']:.2f}",
            f"{one['pull_request']['finish_days']:.1f}",
            f"{one['pull_request']['finish_days_alone']:.1f}",
            f"{one['pull_request']['moved']:,}",
            f"{one['pull_request']['moved_if_planned_anew']:,}",
        ]
        for one in portfolios
    ]
    more = ["one more client", "CPU s", "base, CPU s", "done after, days", "if alone", "others moved", "if all anew"]
    return (
        f"Everything scheduled, ten orders for each client:\n\n{_table(head, rows)}\n"
        "Then the pull request of one more client beside the plan of the base, in which everybody else is recorded; "
        f"reasons and floats are told of all.\n\n{_table(more, asked)}"
    )


def _sla(figures: Figures) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in figures["versions"].items())
    clock = figures["clock"]
    table, search = (clock[name]["rows_per_cpu_second"] for name in ("table", "search"))
    rows = [
        ["tamspec, hours on quarters of an hour", f"{table / 1e6:.1f} M", "1"],
        ["tamspec, any hours", f"{search / 1e6:.1f} M", f"{table / search:.1f}"],
    ]
    peer = clock["businesstimedelta"]
    if "rows_per_cpu_second" in peer:
        each = peer["rows_per_cpu_second"]
        same = f"businesstimedelta, a sample of {peer['rows']:,}, {peer['same']:,} the same"
        rows.append([same, f"{each:,}", f"{table / each:,.0f}"])
    histories = [
        [
            one["kind"],
            f"{one['events']:,}",
            f"{one['cpu_seconds']:.2f}",
            f"{one['wall_seconds']:.2f}",
            f"{one['events_per_cpu_second'] / 1e6:.2f} M",
            f"{one['scans']:.1f}",
            str(one["peak_mib"]),
        ]
        for one in figures["histories"]
    ]
    return "\n".join(
        (
            f"{_on(figures)} Versions: {versions}.\n",
            _table(["the clock alone", "intervals a CPU second", "times as long"], rows),
            _table(["`sla report`", "events", "CPU s", "s", "events a CPU second", "plain scans", "MiB"], histories),
        )
    )


RENDERED = ("cold", "cold, search", "one page changed", "nothing changed")


def _render(figures: Figures) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in figures["versions"].items())
    head = ["", *(f"{size['pages']:,} pages" for size in figures["sizes"])]
    sizes = [size["programs"] for size in figures["sizes"]]
    names = list(sizes[-1])
    states = [(name, state) for name in names for state in RENDERED if sizes[-1][name].get(state)]
    seconds = [_of_sizes(f"{name}, {state}", sizes, name, state, "cpu_seconds", "{:.2f}") for name, state in states]
    printed = ["tamspec, printing alone", *(f"{one['tamspec']['printing']['cpu_seconds']:.2f}" for one in sizes)]
    speed = [_of_sizes(name, sizes, name, "cold", "pages_per_cpu_second", "{:,.0f}") for name in names]
    alone = [f"{one['tamspec']['printing']['pages_per_cpu_second']:,.0f}" for one in sizes]
    memory = [_of_sizes(f"{name}, {state}", sizes, name, state, "peak_mib", "{:,}") for name, state in states]
    shares = [
        [f"{name}, one page changed, % of cold", *(f"{100 * _again(one[name]):.0f}" for one in sizes)] for name in names
    ]
    if all("preview" in one["tamspec"] for one in sizes):
        for key, what in (("cpu_seconds", "CPU"), ("wall_seconds", "time")):
            label = f"tamspec, a preview that runs, one page changed, % of the {what} of cold"
            shares.append([label, *(f"{100 * _previewed(one['tamspec'], key):.1f}" for one in sizes)])
    views = [[name, *(f"{one[name]['first_view_bytes'] / 1000:,.0f}" for one in sizes)] for name in names]
    wanted = list(_wanted(sizes)) if "mkdocs-material" in names else []
    return "\n".join(
        (
            f"{_on(figures)} Versions: {versions}.\n",
            *(("What was aimed at, on the larger site:\n", _table(["", "aim", "measured"], wanted)) if wanted else ()),
            "CPU seconds, the median of the runs:\n",
            _table(head, [printed, *seconds]),
            "Pages a CPU second, cold:\n",
            _table(head, [["tamspec, printing alone", *alone], *speed]),
            "After a change:\n",
            _table(head, shares),
            "Most memory of a process, in MiB:\n",
            _table(head, memory),
            "The plan of a change and what a browser fetches with it at once, in kB, not compressed:\n",
            _table(head, views),
        )
    )


def _of_sizes(label: str, sizes: Sequence[Figures], name: str, state: str, key: str, form: str) -> list[str]:
    return [label, *(form.format(one[name][state][key]) if one[name].get(state) else "–" for one in sizes)]


def _again(program: Figures) -> float:
    return float(program["one page changed"]["cpu_seconds"] / program["cold"]["cpu_seconds"])


def _previewed(program: Figures, key: str) -> float:
    return float(program["preview"][key] / program["cold"][key])


def _wanted(sizes: Sequence[Figures]) -> Iterator[list[str]]:
    """What was aimed at beside MkDocs with Material, and what it came to."""
    small, large = sizes[0]["tamspec"], sizes[-1]["tamspec"]
    peer = sizes[-1]["mkdocs-material"]
    cold, speed = peer["cold"]["cpu_seconds"], peer["cold"]["pages_per_cpu_second"]
    whole, as_whole = (large[one] or large["cold"] for one in ("cold, search", "cold"))
    printing = [one["printing"] for one in (small, large)]
    seconds = [(one["cold, search"] or one["cold"])["cpu_seconds"] for one in (small, large)]
    yield ["printing alone, times as quick", "15 or more", f"{printing[1]['pages_per_cpu_second'] / speed:.1f}"]
    yield ["the whole with search, times as quick", "5 or more", f"{cold / whole['cpu_seconds']:.1f}"]
    yield ["one field changed, of cold", "10 % or less", f"{100 * _again(large):.0f} %"]
    if "preview" in large:
        share = f"{100 * _previewed(large, 'cpu_seconds'):.1f} %"
        yield ["one field changed in a preview that runs, to its page, of cold", "10 % or less", share]
    yield ["memory, of its", "100 % or less", f"{100 * as_whole['peak_mib'] / peer['cold']['peak_mib']:.0f} %"]
    yield [
        "four times the pages, printing",
        "4.4 or less",
        f"{printing[1]['cpu_seconds'] / printing[0]['cpu_seconds']:.1f}",
    ]
    yield ["four times the pages, the whole with search", "4.4 or less", f"{seconds[1] / seconds[0]:.1f}"]
    yield [
        "first view, of its bytes",
        "20 % or less",
        f"{100 * large['first_view_bytes'] / peer['first_view_bytes']:.0f} %",
    ]


def _history(figures: Figures) -> str:
    cold = figures["cold_seconds"]
    size = ", ".join(f"{figures[what]:,} {what}" for what in ("projects", "documents", "commits"))
    asked = f"`git log -1` for each file, reckoned from {figures['asked']}"
    rows = [
        [name, f"{seconds:,.2f}", f"{seconds / cold:,.2f}"]
        for name, seconds in (
            ("tamspec, nothing known", cold),
            ("tamspec, ten commits of the main line are new", figures["ten_commits_new_seconds"]),
            ("tamspec, the head is known", figures["head_known_seconds"]),
            ("of that `git status`", figures["status_seconds"]),
            ("`git log --name-only`, nothing done with it", figures["log_seconds"]),
            (asked, figures["each_file_seconds"]),
        )
    ]
    versions = ", ".join(f"{name} {version}" for name, version in figures["versions"].items())
    return "\n".join(
        (
            f"{_on(figures)} Versions: {versions}.\n",
            f"{size}; what is remembered takes {figures['kept_kib']} KiB.\n",
            _table(["", "s", "times as long"], rows),
        )
    )


def _documents(figures: Figures) -> str:
    rows = [
        [name, f"{figures[what]:,.2f}"]
        for name, what in (
            ("disk and git are asked, nothing known", "asked_cold_seconds"),
            ("disk and git are asked, the head is known", "asked_warm_seconds"),
            ("every document judged", "judged_seconds"),
            ("its findings", "ruled_seconds"),
        )
    ]
    size = ", ".join(f"{figures[what]:,} {what}" for what in ("projects", "documents", "events", "commits"))
    verdicts = ", ".join(f"{number:,} {verdict}" for verdict, number in figures["verdicts"].items())
    return "\n".join((f"{_on(figures)}\n", f"{size}: {verdicts}.\n", _table(["", "s"], rows)))


TABLES: Mapping[str, Callable[[Figures], str]] = {
    "plan": _plan,
    "sla": _sla,
    "validate": _validate,
    "typos": _typos,
    "fuzz": _fuzz,
    "render": _render,
    "history": _history,
    "documents": _documents,
}
