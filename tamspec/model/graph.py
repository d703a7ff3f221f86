"""The few things that graphs of names need: an order to go through them, and the cycles that forbid one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def cycle(edges: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """One cycle in full, `("a", "b", "a")`, starting at its smallest name; empty where there is none.

    Edges to names that are no keys lead nowhere.
    """
    if _is_sound(edges):
        return ()
    state: dict[str, int] = {}
    for root in sorted(edges):
        path = [root]
        branches = [iter(sorted(edges[root]))] if root not in state else []
        state.setdefault(root, 1)
        while branches:
            step = next(branches[-1], None)
            if step is None:
                state[path.pop()] = 2
                branches.pop()
            elif state.get(step) == 1:
                return _from_smallest(path[path.index(step) :])
            elif step in edges and step not in state:
                state[step] = 1
                path.append(step)
                branches.append(iter(sorted(edges[step])))
    return ()


def _is_sound(edges: Mapping[str, Iterable[str]]) -> bool:
    """Whether no cycle forbids an order; told without one, which is quicker."""
    missing = {name: sum(map(edges.__contains__, steps)) for name, steps in edges.items()}
    back: dict[str, list[str]] = {}
    for name, steps in edges.items():
        for step in steps:
            back.setdefault(step, []).append(name)
    free = [name for name, count in missing.items() if not count]
    for name in free:
        for other in back.get(name, ()):
            missing[other] -= 1
            if not missing[other]:
                free.append(other)
    return len(free) == len(edges)


def _from_smallest(names: list[str]) -> tuple[str, ...]:
    start = names.index(min(names))
    turned = names[start:] + names[:start]
    return (*turned, turned[0])


def in_order(edges: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """The keys so that each comes after what it leads to; ties by name. The graph must have no cycle."""
    seen: set[str] = set()
    done: list[str] = []
    for root in sorted(edges):
        stack = [(root, iter(sorted(edges[root])))] if root not in seen else []
        seen.add(root)
        while stack:
            name, rest = stack[-1]
            step = next(rest, None)
            if step is None:
                done.append(name)
                stack.pop()
            elif step in edges and step not in seen:
                seen.add(step)
                stack.append((step, iter(sorted(edges[step]))))
    return tuple(done)


def layers(edges: Mapping[str, Iterable[str]], start: str) -> Iterable[tuple[str, ...]]:
    """What `start` leads to, nearest first: its own edges, then theirs, and so on; each name once."""
    seen = {start}
    layer: tuple[str, ...] = (start,)
    while layer:
        found = sorted({step for name in layer for step in edges.get(name, ())} - seen)
        seen.update(found)
        layer = tuple(found)
        if layer:
            yield layer
