"""`python -m benchmarks [PART]… [--quick]`: measure, keep the figures, and renew the tables.

The parts are `validate`, `typos`, `fuzz`, `plan`, `sla`, `render`, `history` and `documents`; without a name, all of
them.
`--quick` measures little, and keeps nothing.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from typing import Any

from benchmarks import documents, fuzz, history, plan, render, sla, typos, validate
from benchmarks.measure import save
from benchmarks.tables import renew

PARTS: Mapping[str, Callable[..., Mapping[str, Any]]] = {
    "typos": typos.figures,
    "fuzz": fuzz.figures,
    "validate": validate.figures,
    "plan": plan.figures,
    "sla": sla.figures,
    "render": render.figures,
    "history": history.figures,
    "documents": documents.figures,
}


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--quick", action="store_true", help="measure little, keep nothing")
    parser.add_argument("--only", metavar="SEED/NUMBER", help="show one input of fuzz")
    given = parser.parse_args()
    unknown = sorted(set(given.parts) - PARTS.keys())
    if unknown:
        parser.error(f"there is no part {', '.join(unknown)}; use {', '.join(PARTS)}")
    if given.only:
        print(fuzz.show(given.only))
        return
    for name in given.parts or PARTS:
        print(f"== {name}", flush=True)
        figures = PARTS[name](quick=given.quick)
        if not given.quick:
            print(f"kept in {save(name, figures)}")
            renew()


if __name__ == "__main__":
    main()
