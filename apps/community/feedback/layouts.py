"""Files of boards: the column layouts of Canny and Fider, and a whole board as JSON."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from apps.core.text.storable import clean_text
from apps.core.web.params import BadJson, parse_json

ROWS_LIMIT = 10_000
VOTES_LIMIT = 1_000_000
FIELD_LIMIT_CHARACTERS = 200_000
# a spreadsheet would run a cell that begins with one of these
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class Layout(StrEnum):
    FIDER = "fider"
    CANNY = "canny"


# source  Fider's export: number, title, description, created_at, …
FIDER_COLUMNS = (
    "number title description created_at created_by votes_count comments_count status "
    "responded_by responded_at response original_number original_title tags"
).split()
CANNY_COLUMNS = ["Post ID", "Title", "Details", "Author Name", "Status", "Votes", "Created", "Tags"]
COLUMNS = {Layout.FIDER: FIDER_COLUMNS, Layout.CANNY: CANNY_COLUMNS}
# names of the same column in the exports and templates of both, in lower case without spaces and underscores
ALIASES = {
    "key": ("postid", "number", "id"),
    "title": ("title", "posttitle"),
    "text": ("details", "description", "postdetails"),
    "author": ("authorname", "createdby", "author"),
    "status": ("status", "poststatus"),
    "votes": ("votes", "votescount", "score", "upvotes", "votecount"),
    "created_at": ("created", "createdat", "createdon"),
    "labels": ("tags", "labels", "category"),
    "reply": ("response", "officialresponse"),
    "merged_into": ("originalnumber", "mergedinto"),
}
# what the statuses of both are called there, by the kind here
STATUS_KINDS = {
    "open": "open",
    "underreview": "open",
    "planned": "planned",
    "started": "started",
    "inprogress": "started",
    "complete": "done",
    "completed": "done",
    "shipped": "done",
    "done": "done",
    "closed": "declined",
    "declined": "declined",
    "duplicate": "declined",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedIdea:
    """One idea of a file.

    line       where it stands in the file, for problems
    key        its id there
    votes      number of votes without names; voters are names with weights
    followers  names; None if the file does not say
    is_held    it was not public there, and waits for a moderator here
    """

    line: int
    title: str
    text: str
    key: str = ""
    author: str = ""
    status: str = ""
    votes: int = 0
    created_at: datetime | None = None
    labels: Sequence[str] = ()
    reply: str = ""
    merged_into: str = ""
    voters: Sequence[Mapping[str, Any]] = ()
    comments: Sequence[Mapping[str, Any]] = ()
    changes: Sequence[Mapping[str, Any]] = ()
    followers: Sequence[str] | None = None
    bug: Mapping[str, Any] | None = None
    is_security: bool = False
    is_held: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """A row that was left out, and why."""

    line: int
    words: str


class BadRow(Exception):
    """A row that cannot be read; the message says why."""


@dataclass(slots=True)
class ReadFile:
    """What a file contains: ideas, entries of the changelog, the board's own facts, and broken rows."""

    ideas: list[ImportedIdea] = field(default_factory=list)
    entries: list[Mapping[str, Any]] = field(default_factory=list)
    board: Mapping[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def read_csv(data: bytes) -> ReadFile:
    """Read ideas in the columns of Canny or Fider; broken rows are problems.

    raises  BadRow if there is no header with a title
    """
    text = _decoded(data)
    # the limit of the module holds for every reader: it is raised once, and rows are bounded by the body
    csv.field_size_limit(FIELD_LIMIT_CHARACTERS)
    reader = csv.reader(io.StringIO(text, newline=""))
    found = ReadFile()
    try:
        names = [_canonical(name) for name in next(reader, [])]
        if "title" not in names:
            raise BadRow(_("The first line must name the columns, with a title among them."))
        for row in reader:
            if not any(row):
                continue
            if len(found.ideas) + len(found.problems) >= ROWS_LIMIT:
                found.problems.append(Problem(reader.line_num, _("The file has too many rows.")))
                break
            _read_row(found, reader.line_num, dict(zip(names, row, strict=False)), len(row) > len(names))
    except csv.Error as error:
        found.problems.append(Problem(reader.line_num, str(error)))
    return found


def _decoded(data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadRow(_("The file is not UTF-8.")) from None
    return clean_text(text)


def _canonical(name: str) -> str:
    plain = "".join(name.lower().replace("_", "").split())
    return next((key for key, names in ALIASES.items() if plain in names), plain)


def _read_row(found: ReadFile, line: int, row: Mapping[str, str], is_too_long: bool) -> None:
    try:
        if is_too_long:
            raise BadRow(_("The row has more cells than the header."))
        found.ideas.append(_idea_of_row(line, row))
    except BadRow as error:
        found.problems.append(Problem(line, str(error)))


def _idea_of_row(line: int, row: Mapping[str, str]) -> ImportedIdea:
    cells = {name: _without_guard(value) for name, value in row.items()}
    return ImportedIdea(
        line=line,
        key=cells.get("key", "").strip()[:64],
        title=_title(cells.get("title", "")),
        text=cells.get("text", ""),
        author=cells.get("author", "").strip()[:96],
        status=cells.get("status", "").strip(),
        votes=_count(cells.get("votes", "")),
        created_at=_moment(cells.get("created_at", "")),
        labels=[label.strip() for label in cells.get("labels", "").split(",") if label.strip()],
        reply=cells.get("reply", ""),
        merged_into=cells.get("merged_into", "").strip()[:64],
    )


def _title(text: object) -> str:
    words = " ".join(text.split()) if isinstance(text, str) else ""
    if not words:
        raise BadRow(_("The title is missing."))
    if len(words) > 200:
        raise BadRow(_("The title is too long."))
    return words


def _count(text: str) -> int:
    if not text.strip():
        return 0
    try:
        count = int(text)
    except ValueError:
        raise BadRow(_("“%(text)s” is not a number of votes.") % {"text": text[:40]}) from None
    if not 0 <= count <= VOTES_LIMIT:
        raise BadRow(_("“%(text)s” is not a number of votes.") % {"text": text[:40]})
    return count


def _moment(text: object) -> datetime | None:
    if text is None or text == "":
        return None
    words = str(text).strip()
    try:
        day, found = parse_date(words), parse_datetime(words)
    except ValueError:
        day, found = None, None
    if found is None and day is not None:
        found = datetime(day.year, day.month, day.day, tzinfo=UTC)
    if found is None:
        raise BadRow(_("“%(text)s” is not a date.") % {"text": words[:40]})
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _without_guard(text: str) -> str:
    return text[1:] if text[:1] == "'" and text[1:].startswith(FORMULA_STARTS) else text


def write_csv(rows: Iterable[Mapping[str, Any]], layout: Layout) -> Iterator[str]:
    """Write ideas in the columns of Canny or Fider; cells that a spreadsheet would run are guarded.

    rows  have the names of ALIASES
    """
    output = io.StringIO()
    writer = csv.writer(output)
    writer.writerow(COLUMNS[layout])
    for row in rows:
        writer.writerow([_guarded(str(row.get(_canonical(name), ""))) for name in COLUMNS[layout]])
        yield output.getvalue()
        output.seek(0)
        output.truncate()
    yield output.getvalue()


def _guarded(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def read_json(data: bytes) -> ReadFile:
    """Read a whole board, or a list of ideas; broken ones are problems, counted from 1.

    raises  BadRow if it is no board
    """
    try:
        value = parse_json(data, cleans_text=True)
    except BadJson:
        raise BadRow(_("The file is not JSON.")) from None
    whole = {"ideas": value} if isinstance(value, list) else value
    ideas = whole.get("ideas") if isinstance(whole, dict) else None
    if not isinstance(ideas, list):
        raise BadRow(_("The file has no list of ideas."))
    found = ReadFile(board=_mapping(whole.get("board")), entries=_mappings(whole.get("entries")))
    for line, row in enumerate(ideas[:ROWS_LIMIT], 1):
        try:
            found.ideas.append(_idea_of_json(line, _mapping(row)))
        except BadRow as error:
            found.problems.append(Problem(line, str(error)))
    if len(ideas) > ROWS_LIMIT:
        found.problems.append(Problem(ROWS_LIMIT + 1, _("The file has too many rows.")))
    return found


def _idea_of_json(line: int, row: Mapping[str, Any]) -> ImportedIdea:
    bug = row.get("bug")
    return ImportedIdea(
        line=line,
        key=_text(row, "key")[:64],
        title=_title(row.get("title")),
        text=_text(row, "text"),
        author=_text(row, "author")[:96],
        status=_text(row, "status"),
        votes=_count(str(row.get("votes") or 0)),
        created_at=_moment(row.get("created_at")),
        labels=_texts(row.get("labels")),
        reply=_text(row, "reply"),
        merged_into=_text(row, "merged_into")[:64],
        voters=_mappings(row.get("voters")),
        comments=_mappings(row.get("comments")),
        changes=_mappings(row.get("changes")),
        followers=_texts(row.get("followers")) if "followers" in row else None,
        bug=_mapping(bug) if bug else None,
        is_security=row.get("is_security") is True,
        is_held=row.get("state", "visible") != "visible",
    )


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadRow(_("%(name)s is not a text.") % {"name": name})
    return value


def _texts(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _mappings(value: object) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def moment_of(row: Mapping[str, Any], name: str) -> datetime | None:
    """Return a time of a row of JSON; None without one.

    raises  BadRow
    """
    return _moment(row.get(name))
