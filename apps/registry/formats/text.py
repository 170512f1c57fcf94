"""Pages of text files, highlighted and limited in size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from apps.core.text.highlighting import highlight_lines

PAGE_LINES, PAGE_CHARACTERS = 2_000, 128 << 10
LINE_SHOWN_CHARACTERS = 20_000
# limits on highlighted text and on the resulting HTML, which can be thirty times as large
COLORED_CHARACTERS, COLORED_WEIGHT_CHARACTERS = 100_000, 1 << 20


@dataclass(frozen=True, slots=True)
class TextRow:
    number: int
    label: str
    html: SafeString


@dataclass(frozen=True, slots=True)
class TextPage:
    """A page of text.

    count   lines in the file
    before  first line of the previous page, 0 if there is none
    after   first line of the next page, 0 if there is none
    """

    rows: list[TextRow]
    count: int
    before: int = 0
    after: int = 0

    @property
    def is_whole(self) -> bool:
        return not self.before and not self.after

    @property
    def first(self) -> int:
        return self.rows[0].number

    @property
    def last(self) -> int:
        return self.rows[-1].number


def text_page(text: str, name: str, line: int = 1) -> TextPage:
    """Return the page that contains a line, or the last page if the text is shorter.

    name  file name, which determines the highlighter
    line  from 1
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n")
    wanted, starts = min(max(line, 1), len(lines)), list(_starts(lines))
    place = next(at for at in reversed(range(len(starts))) if starts[at] < wanted)
    begins, ends = starts[place], starts[place + 1] if place + 1 < len(starts) else len(lines)
    label = _("Line %(number)s")
    shown = enumerate(render_lines(lines, name, begins, ends), begins + 1)
    rows = [TextRow(number, label % {"number": number}, html) for number, html in shown]
    return TextPage(
        rows, len(lines), starts[place - 1] + 1 if place else 0, ends + 1 if ends < len(lines) else 0
    )


def render_lines(lines: Sequence[str], name: str, begins: int, ends: int) -> list[SafeString]:
    """Return lines as HTML, highlighted unless too large; very long lines are truncated.

    name  file name, which determines the highlighter
    """
    return _highlight_block(lines, name, begins, ends) or [
        escape(_truncate(line)) for line in lines[begins:ends]
    ]


def _truncate(line: str) -> str:
    return line if len(line) <= LINE_SHOWN_CHARACTERS else line[:LINE_SHOWN_CHARACTERS] + " …"


def _starts(lines: Sequence[str]) -> Iterator[int]:
    """Yield the index of each page's first line."""
    count = characters = 0
    for place, line in enumerate(lines):
        if place == 0 or count >= PAGE_LINES or characters >= PAGE_CHARACTERS:
            count = characters = 0
            yield place
        count, characters = count + 1, characters + len(line)


def _highlight_block(lines: Sequence[str], name: str, begins: int, ends: int) -> list[SafeString]:
    """Return highlighted lines, or an empty list if the text is too large.

    All lines before the page are highlighted too, as they affect its colors.
    """
    if (
        sum(map(len, lines[:ends])) + ends > COLORED_CHARACTERS
        or max(map(len, lines[begins:ends]), default=0) > LINE_SHOWN_CHARACTERS
    ):
        return []
    if any("\r" in line for line in lines[:ends]):  # the highlighter would treat it as a line ending
        return []
    found = highlight_lines("\n".join(lines[:ends]) + "\n", name)[begins:ends]
    is_complete = len(found) == ends - begins
    return found if is_complete and sum(map(len, found)) <= COLORED_WEIGHT_CHARACTERS else []
