"""The dataset viewer: the selected split and file, its columns and a page of rows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from apps.core.errors import NotFound, Refusal
from apps.registry.formats.cards import validate_card
from apps.registry.formats.source import Source, Unreadable
from apps.registry.formats.tables.rows import format_of, read_rows
from apps.registry.formats.tables.summary import Summary, summaries_of
from apps.registry.formats.tables.table import Position, Table
from apps.registry.gitstore import Entry, GitRepo
from apps.registry.repos.models import Repo

from .sources import source_of
from .splits import Layout, Split, layout_of

PAGE_ROWS, FIRST_ROWS = 50, 8
CARD, CARD_LIMIT_BYTES = "README.md", 4 << 20
SHORT_CHARACTERS, FULL_CHARACTERS = 280, 20_000


@dataclass(frozen=True, slots=True)
class Cell:
    """A value as text; `full` is set if `text` is truncated."""

    text: str
    full: str = ""
    kind: str = "text"


@dataclass(slots=True)
class View:
    """The state of the viewer.

    default  subset that is read if none is named
    problem  why rows cannot be shown
    """

    splits: list[Split]
    split: Split | None = None
    file: Entry | None = None
    format: str = ""
    columns: list[Summary] = field(default_factory=list)
    table: Table = field(default_factory=Table)
    rows: list[tuple[int, list[Cell]]] = field(default_factory=list)
    problem: str = ""
    default: str = ""

    @property
    def subsets(self) -> list[str]:
        return list(dict.fromkeys(split.subset for split in self.splits))

    @property
    def split_names(self) -> list[str]:
        return [split.name for split in self.splits if self.split and split.subset == self.split.subset]


def first_rows(repo: Repo, git: GitRepo, sha: str) -> View:
    return open_view(repo, git, sha, {}, count=FIRST_ROWS)


def open_view(
    repo: Repo, git: GitRepo, sha: str, query: Mapping[str, str], *, count: int = PAGE_ROWS
) -> View:
    """Return a page of rows.

    query   subset, split, file and at (a position); each defaults to the first
    raises  NotFound if the file is not in the split
    """
    layout = layout_of(git, sha, _card_at(repo, git, sha))
    view = View(layout.splits, problem=layout.problem, default=layout.default)
    view.split = _find_split(layout, query.get("subset", ""), query.get("split", ""))
    if view.split is None:
        return view
    view.file = (
        next((one for one in view.split.files if one.path == query["file"]), None)
        if query.get("file")
        else view.split.files[0]
    )
    if view.file is None:
        raise NotFound(_("This split doesn't contain that file."))
    view.format = format_of(view.file.path)
    try:
        source = source_of(repo, git, view.file)
        _fill(view, source, Position.parse(query.get("at")), count)
    except Unreadable as problem:
        view.problem = str(problem)
    except Refusal as problem:
        view.problem = problem.words
    return view


def view_of_file(repo: Repo, git: GitRepo, entry: Entry, at: str = "", count: int = PAGE_ROWS) -> View:
    """Return a page of rows of a file in any repository."""
    view = View([], file=entry, format=format_of(entry.path))
    try:
        _fill(view, source_of(repo, git, entry), Position.parse(at), count)
    except Unreadable as problem:
        view.problem = str(problem)
    return view


def _card_at(repo: Repo, git: GitRepo, sha: str) -> Mapping[str, Any]:
    """Return the metadata of the card in a commit; that of the newest is stored."""
    if sha == repo.head:
        card: Mapping[str, Any] = repo.card
        return card
    raw = git.read_file(sha, CARD, CARD_LIMIT_BYTES)
    return validate_card(raw.decode(errors="replace"), repo.kind).data if raw else {}


def _find_split(layout: Layout, subset: str, name: str) -> Split | None:
    subset = subset or layout.default
    candidates = [one for one in layout.splits if not subset or one.subset == subset] or layout.splits
    return next((one for one in candidates if one.name == name), candidates[0] if candidates else None)


def _fill(view: View, source: Source, position: Position, count: int) -> None:
    view.table = read_rows(source, view.format, position, count)
    view.columns = _columns(view.table, summaries_of(source, view.format))
    kinds = [column.kind for column in view.columns]
    for number, row in enumerate(view.table.rows, view.table.first):
        view.rows.append((number, [cell_of(value, kind) for value, kind in zip(row, kinds, strict=True)]))


def _columns(table: Table, known: list[Summary]) -> list[Summary]:
    """Return the summaries of a page's columns; later rows of JSON Lines may add columns."""
    by_name = {one.name: one for one in known}
    return [by_name.get(name) or Summary(name, "") for name in table.columns]


def cell_of(value: Any, kind: str) -> Cell:
    if value is None:
        return Cell("null", kind="nothing")
    if isinstance(value, float):
        return Cell(f"{value:.6g}", kind=kind)
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict | bool) else str(value)
    if len(text) > SHORT_CHARACTERS:
        return Cell(
            text[:SHORT_CHARACTERS],
            text[:FULL_CHARACTERS] + ("…" if len(text) > FULL_CHARACTERS else ""),
            kind,
        )
    return Cell(text, kind=kind)
