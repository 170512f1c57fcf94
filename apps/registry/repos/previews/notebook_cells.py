"""Cells of a notebook as HTML: sources coloured, outputs cleaned, pictures from the notebook alone."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field

from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.core.highlighting import ColourBudget, highlight_code
from apps.core.markdown import TEXT_LIMIT_CHARACTERS, clean_html
from apps.core.rendered import rendered
from apps.registry.gitstore import Entry

from ..links import Links
from .notebook import IMAGES, Cell, Notebook, Output

# what all outputs together may weigh on a page
PAGE_CHARACTERS = 6 << 20
SVG = "image/svg+xml"


@dataclass(frozen=True, slots=True)
class ShownOutput:
    """look: picture, page (cleaned HTML), words, error, or late for one that was left out"""

    look: str
    html: SafeString


@dataclass(frozen=True, slots=True)
class ShownCell:
    kind: str
    html: SafeString
    count: int | None
    outputs: list[ShownOutput]


@dataclass(slots=True)
class PageLimits:
    """What is left of the Markdown and the coloured code of one page: a notebook has two thousand cells."""

    characters: int = TEXT_LIMIT_CHARACTERS
    colours: ColourBudget = field(default_factory=ColourBudget)

    def prose(self, text: str, base_url: str = "", image_base_url: str | None = None) -> SafeString:
        """Return Markdown as HTML; beyond the limit, as it was written."""
        self.characters -= len(text)
        return rendered(text, base_url, image_base_url) if self.characters >= 0 else format_html("<pre>{}</pre>", text)


def shown_cells(notebook: Notebook, entry: Entry, links: Links) -> list[ShownCell]:
    """Return cells ready for a page; outputs beyond the page's weight are left out."""
    folder = entry.path.rpartition("/")[0]
    bases = tuple(f"{links.at(word, folder)}/" for word in ("blob", "resolve"))
    shown, left, page = [], PAGE_CHARACTERS, PageLimits()
    for cell in notebook.cells:
        outputs = []
        for output in cell.outputs:
            left -= len(output.text)
            outputs.append(_output(output, page) if left >= 0 else ShownOutput("late", SafeString("")))
        shown.append(ShownCell(cell.kind, _source(cell, notebook.language, bases, page), cell.count, outputs))
    return shown


def _source(cell: Cell, language: str, bases: tuple[str, ...], page: PageLimits) -> SafeString:
    if cell.kind == "markdown":
        return page.prose(cell.source, *bases)
    return highlight_code(cell.source, language if cell.kind == "code" else "", page.colours)


def _output(output: Output, page: PageLimits) -> ShownOutput:
    if output.kind in IMAGES:
        return ShownOutput("picture", _picture(output.kind, output.text))
    if output.kind == SVG:
        return ShownOutput("picture", _picture(SVG, b64encode(output.text.encode()).decode()))
    if output.kind == "text/html":
        return ShownOutput("page", clean_html(output.text))
    if output.kind in ("text/markdown", "text/latex"):
        return ShownOutput("page", page.prose(output.text))
    return ShownOutput("error" if output.kind in ("error", "stderr") else "words", format_html("{}", output.text))


def _picture(kind: str, data: str) -> SafeString:
    """A picture in the page itself; in an <img> not even SVG runs scripts."""
    return format_html('<img alt="" src="data:{};base64,{}">', kind, data)
