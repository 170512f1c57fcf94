"""Cell-by-cell diffs of notebooks."""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import SequenceMatcher

from ..notebook import Cell, read_notebook
from ..source import Unreadable
from .lines import Line, Pair, pairs_of, patch_of

CONTEXT_LINES = 3
# of both notebooks; of all cells
COLOR_LIMIT_BYTES, LINES_LIMIT = 512 << 10, 4_000


@dataclass(slots=True)
class CellChange:
    """A changed cell, or a run of unchanged cells.

    status      added, removed, changed, or same for a run of unchanged cells
    number      in the new notebook (in the old one if removed), from 1
    last        number of the last cell of a run
    outputs     added, removed, changed or empty
    """

    status: str
    kind: str
    number: int
    last: int = 0
    lines: list[Line] = field(default_factory=list)
    added: int = 0
    removed: int = 0
    outputs: str = ""
    is_cut: bool = False

    @property
    def pairs(self) -> list[Pair]:
        return pairs_of(self.lines)


def cells_between(old: bytes, new: bytes) -> list[CellChange]:
    """Return the changes by cell; empty if either is not a notebook or no cell changed."""
    try:
        before, after = (read_notebook(data).cells if data else [] for data in (old, new))
    except Unreadable:
        return []
    changes: list[CellChange] = []
    has_colors, lines_left = len(old) + len(new) <= COLOR_LIMIT_BYTES, LINES_LIMIT
    for left, right in _match_cells(before, after):
        sides = before[left] if left is not None else None, after[right] if right is not None else None
        change = _change(*sides, has_colors=has_colors, lines_left=lines_left)
        lines_left -= len(change.lines)
        change.number = (right if right is not None else left or 0) + 1
        if change.status == "same" and changes and changes[-1].status == "same":
            changes[-1].last = change.number
            continue
        change.last = change.number
        changes.append(change)
    return changes if any(change.status != "same" for change in changes) else []


def _match_cells(before: list[Cell], after: list[Cell]) -> list[tuple[int | None, int | None]]:
    """Match old and new cells by id if all have one, else by source."""
    have_ids = all(cell.id for cell in [*before, *after])
    olds, news = (
        [cell.id if have_ids else f"{cell.kind}\n{cell.source}" for cell in cells]
        for cells in (before, after)
    )
    pairs: list[tuple[int | None, int | None]] = []
    for word, start, end, first, last in SequenceMatcher(None, olds, news, autojunk=False).get_opcodes():
        left, right = range(start, end), range(first, last)
        if word == "equal" or (not have_ids and len(left) == len(right)):
            pairs += zip(left, right, strict=True)
        else:
            pairs += [(at, None) for at in left] + [(None, at) for at in right]
    return pairs


def _change(old: Cell | None, new: Cell | None, *, has_colors: bool, lines_left: int) -> CellChange:
    cell = new or old
    assert cell is not None
    if old and new and old.kind == new.kind and old.source == new.source:
        status = "same" if old.outputs == new.outputs else "changed"
        return CellChange(status, cell.kind, 0, outputs="" if status == "same" else "changed")
    status = "changed" if old and new else "added" if new else "removed"
    change = CellChange(status, cell.kind, 0, outputs=_outputs(old, new))
    name = "cell.py" if cell.kind == "code" else "cell.md"
    before, after = (
        f"{one.source}\n".encode(errors="replace") if one and one.source else b"" for one in (old, new)
    )
    patch = patch_of(before, after, name, context=CONTEXT_LINES)
    if patch is not None:
        change.is_cut = patch.count > lines_left
        lines = [] if change.is_cut else patch.lines(has_colors=has_colors)
        change.lines = lines[1:] if len(patch.raw.hunks) == 1 else lines
        change.added, change.removed = patch.added, patch.removed
    return change


def _outputs(old: Cell | None, new: Cell | None) -> str:
    before, after = (one.outputs if one else [] for one in (old, new))
    if before == after:
        return ""
    return "changed" if before and after else "added" if after else "removed"
