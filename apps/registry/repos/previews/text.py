"""Lines of a text file, a page at a time: few enough, and light enough, whatever the file is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from apps.core.highlighting import highlight_lines

PAGE_LINES, PAGE_CHARACTERS = 2_000, 128 << 10
LINE_SHOWN_CHARACTERS = 20_000
# what is coloured, and what that may weigh: up to thirty times as much
COLORED_CHARACTERS, COLORED_WEIGHT_CHARACTERS = 100_000, 1 << 20


@dataclass(frozen=True, slots=True)
class TextRow:
    number: int
    label: str
    html: SafeString


@dataclass(frozen=True, slots=True)
class TextPage:
    """A page of a text.

    count   lines of the whole text
    before  number of the first line of the page before, 0 if there is none
    after   number of the first line of the next page, 0 if there is none
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
    """Return the page of a text that holds a line (the last page, if the text is shorter).

    name  of the file, which says how it is coloured
    line  counted from 1
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
    """Return some lines of a text as HTML: coloured, unless that takes long or gets heavy, and cut where they are very long.

    name  of the file, which says how it is coloured
    """
    return _highlight_block(lines, name, begins, ends) or [
        escape(_truncate(line)) for line in lines[begins:ends]
    ]


def _truncate(line: str) -> str:
    return line if len(line) <= LINE_SHOWN_CHARACTERS else line[:LINE_SHOWN_CHARACTERS] + " …"


def _starts(lines: Sequence[str]) -> Iterator[int]:
    """Yield the place of each page's first line."""
    count = characters = 0
    for place, line in enumerate(lines):
        if place == 0 or count >= PAGE_LINES or characters >= PAGE_CHARACTERS:
            count = characters = 0
            yield place
        count, characters = count + 1, characters + len(line)


def _highlight_block(lines: Sequence[str], name: str, begins: int, ends: int) -> list[SafeString]:
    """Return lines with their colours, which depend on all lines before; none if these are long, or the colours heavy."""
    if (
        sum(map(len, lines[:ends])) + ends > COLORED_CHARACTERS
        or max(map(len, lines[begins:ends]), default=0) > LINE_SHOWN_CHARACTERS
    ):
        return []
    if any("\r" in line for line in lines[:ends]):  # which ends a line in colours
        return []
    found = highlight_lines("\n".join(lines[:ends]) + "\n", name)[begins:ends]
    return found if len(found) == ends - begins and sum(map(len, found)) <= COLORED_WEIGHT_CHARACTERS else []
