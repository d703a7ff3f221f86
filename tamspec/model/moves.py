"""What components are called after the `moved` entries of their project, and which entries the ledger has already."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from tamspec.model.project import Move


def is_within(names: Iterable[str], name: str) -> bool:
    """Whether a component or a part of it is among the names."""
    return any(one == name or one.startswith(f"{name}.") for one in names)


def called(name: str, old: str, new: str) -> str:
    """The name, where `old` is called `new` now."""
    return new + name[len(old) :] if is_within((name,), old) else name


def trail(name: str, moves: Sequence[Move], recorded: Collection[int] = ()) -> Iterator[tuple[int, str]]:
    """What a component is called, move by move: index of the move → the name after it. What is `recorded` did its
    part before."""
    for index, move in enumerate(moves):
        if index not in recorded and is_within((name,), move.source):
            name = called(name, move.source, move.target)
            yield index, name


def name_after(name: str, moves: Sequence[Move], recorded: Collection[int] = ()) -> str:
    """What a component is called after all moves."""
    return [name, *(now for _, now in trail(name, moves, recorded))][-1]


def recorded_moves(moves: Sequence[Move], entries: Iterable[Mapping[str, str]]) -> frozenset[int]:
    """The moves, by index, that the ledger has: those that led from the old to the new name of one of its entries.

    They stay in the project until somebody deletes them. Whoever followed them once more would swap two names back.
    """
    done: set[int] = set()
    for entry in entries:
        found: set[int] = set()
        for old, new in entry.items():
            steps = list(trail(old, moves, done))
            ends = [number for number, (_, now) in enumerate(steps, start=1) if now == new]
            found.update(index for index, _ in steps[: ends[0] if ends else 0])
        done |= found
    return frozenset(done)
