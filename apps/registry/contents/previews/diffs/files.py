"""Files of a comparison with their changed lines or cells, within a budget per page."""

from __future__ import annotations

from dataclasses import dataclass, field

from apps.registry.formats.diffs.lines import COLOR_LIMIT_BYTES, Line, Pair, pairs_of, patch_of
from apps.registry.formats.diffs.notebooks import CellChange, cells_between
from apps.registry.gitstore import EntryNotFound, GitRepo, LfsPointer
from apps.registry.gitstore.attributes import looks_binary
from apps.registry.gitstore.deltas import Delta, Side
from apps.registry.gitstore.pointers import POINTER_LIMIT_BYTES, parse_pointer

TEXT_LIMIT_BYTES, NOTEBOOK_LIMIT_BYTES = 1 << 20, 4 << 20
FOLD_LINES, PAGE_LINES, PART_LINES = 400, 2_500, 4_000
PAGE_BYTES, PAGE_COLOR_BYTES = 2 * NOTEBOOK_LIMIT_BYTES, 256 << 10
NO_LIMIT = 1 << 40
BINARY_SAMPLE_BYTES = 8_000
LINK_MODE, SUBMODULE_MODE = 0o120000, 0o160000
IMAGES = frozenset("png jpg jpeg gif webp avif".split())
IMAGE_LIMIT_BYTES = 20 << 20


@dataclass(frozen=True, slots=True)
class DiffSide:
    """Size in bytes of one side, and its oid (sha256 of a large file, else the blob id)."""

    size: int
    oid: str
    pointer: LfsPointer | None = None


@dataclass(slots=True)
class Budget:
    """What a page may still display."""

    lines: int = PAGE_LINES
    read_bytes: int = PAGE_BYTES
    color_bytes: int = PAGE_COLOR_BYTES
    fold_lines: int = FOLD_LINES


@dataclass(slots=True)
class FileDiff:
    """A file of a comparison.

    kind    text, notebook, image, bytes, submodule, or same if only its name or mode changed
    fold    why the lines are collapsed: large (many lines) or late (the page is full); else empty
    note    long or binary if there are no lines; cut if the last lines of a notebook are left out
    after   index of the first line of the next part, 0 if there is none
    """

    delta: Delta
    old: DiffSide | None = None
    new: DiffSide | None = None
    kind: str = "bytes"
    added: int = 0
    removed: int = 0
    count: int = 0
    lines: list[Line] = field(default_factory=list)
    cells: list[CellChange] = field(default_factory=list)
    fold: str = ""
    note: str = ""
    after: int = 0

    @property
    def path(self) -> str:
        return self.delta.path

    @property
    def has_lines(self) -> bool:
        """Whether the changed lines were counted."""
        return self.kind in ("text", "notebook", "same") and not (self.fold == "late" and not self.count)

    @property
    def pairs(self) -> list[Pair]:
        return pairs_of(self.lines)

    @property
    def is_link(self) -> bool:
        side = self.delta.new or self.delta.old
        return side is not None and side.mode == LINK_MODE

    @property
    def modes(self) -> tuple[str, str] | None:
        """Old and new mode in octal, if they differ."""
        old, new = self.delta.old, self.delta.new
        return (f"{old.mode:o}", f"{new.mode:o}") if old and new and old.mode != new.mode else None


def files_of(git: GitRepo, deltas: list[Delta]) -> list[FileDiff]:
    """Return the files of a page, with lines until the budget is spent."""
    budget = Budget()
    return [_file(git, delta, budget) for delta in deltas]


def whole_file(git: GitRepo, delta: Delta, *, first: int = 0) -> FileDiff:
    """Return a single file, with more lines than on a page of several files.

    first  index of the first line, from 0
    """
    file = _file(git, delta, Budget(lines=NO_LIMIT, fold_lines=NO_LIMIT))
    file.after = first + PART_LINES if first + PART_LINES < len(file.lines) else 0
    file.lines = file.lines[first : first + PART_LINES]
    _cut_cells(file)
    return file


def _cut_cells(file: FileDiff) -> None:
    """Drop the lines of cells beyond the limit; the cells themselves are kept."""
    left = PART_LINES
    for cell in file.cells:
        if cell.is_cut or len(cell.lines) > left:
            cell.lines, file.note = [], "cut"
        left -= len(cell.lines)


def _file(git: GitRepo, delta: Delta, budget: Budget) -> FileDiff:
    file = FileDiff(delta, _diff_side(git, delta.old), _diff_side(git, delta.new))
    sides = [side for side in (delta.old, delta.new) if side]
    if any(side.mode == SUBMODULE_MODE for side in sides):
        file.kind = "submodule"
    elif delta.old and delta.new and delta.old.oid == delta.new.oid:
        file.kind = "same"
    elif _is_image(file):
        file.kind = "image"
    elif not any(held.pointer for held in (file.old, file.new) if held):
        _fill(git, file, budget)
    return file


def _diff_side(git: GitRepo, side: Side | None) -> DiffSide | None:
    if side is None or side.mode == SUBMODULE_MODE:
        return None
    try:
        size = git.blob_size(side.oid)
        pointer = parse_pointer(git.read(side.oid)) if size <= POINTER_LIMIT_BYTES else None
    except EntryNotFound:
        return None
    return DiffSide(pointer.size, pointer.oid, pointer) if pointer else DiffSide(size, side.oid)


def _is_image(file: FileDiff) -> bool:
    sizes = [held.size for held in (file.old, file.new) if held]
    return file.path.rpartition(".")[2].lower() in IMAGES and max(sizes, default=0) <= IMAGE_LIMIT_BYTES


def _fill(git: GitRepo, file: FileDiff, budget: Budget) -> None:
    """Set the lines or cells, or the reason why there are none."""
    sizes, is_notebook = [held.size for held in (file.old, file.new) if held], file.path.endswith(".ipynb")
    if max(sizes, default=0) > (NOTEBOOK_LIMIT_BYTES if is_notebook else TEXT_LIMIT_BYTES):
        file.note = "long"
        return
    size = sum(sizes)
    if size > budget.read_bytes:
        file.kind, file.fold = "text", "late"
        return
    budget.read_bytes -= size
    old, new = (git.read(held.oid) if held else b"" for held in (file.old, file.new))
    if any(b"\0" in data[:BINARY_SAMPLE_BYTES] or looks_binary(data) for data in (old, new)):
        file.note = "binary"
        return
    file.kind = "text"
    if is_notebook:
        file.cells = cells_between(old, new)
        file.kind = "notebook" if file.cells else "text"
    _fill_lines(file, old, new, budget)


def _fill_lines(file: FileDiff, old: bytes, new: bytes, budget: Budget) -> None:
    patch = None
    if file.kind == "notebook":
        file.added, file.removed = (
            sum(getattr(cell, name) for cell in file.cells) for name in ("added", "removed")
        )
        file.count = sum(cell.added + cell.removed if cell.is_cut else len(cell.lines) for cell in file.cells)
    else:
        patch = patch_of(old, new, file.path.rpartition("/")[2])
        if patch is None:
            file.note, file.kind = "long", "bytes"
            return
        file.added, file.removed, file.count = patch.added, patch.removed, patch.count
    file.fold = "large" if file.count > budget.fold_lines else "late" if file.count > budget.lines else ""
    if file.fold:
        file.cells = []
        return
    budget.lines -= file.count
    if patch:
        colored = sum(len(data) for data in (old, new) if len(data) <= COLOR_LIMIT_BYTES)
        file.lines = patch.lines(has_colors=colored <= budget.color_bytes)
        budget.color_bytes -= min(colored, budget.color_bytes)
