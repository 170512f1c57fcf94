"""Cells of a notebook as HTML: sources coloured, outputs cleaned, pictures from the notebook alone."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.core.highlighting import highlight_code
from apps.core.markdown import clean_html, render_markdown
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


def shown_cells(notebook: Notebook, entry: Entry, links: Links) -> list[ShownCell]:
    """Return cells ready for a page; outputs beyond the page's weight are left out."""
    folder = entry.path.rpartition("/")[0]
    bases = tuple(f"{links.at(word, folder)}/" for word in ("blob", "resolve"))
    shown, left = [], PAGE_CHARACTERS
    for cell in notebook.cells:
        outputs = []
        for output in cell.outputs:
            left -= len(output.text)
            outputs.append(_output(output) if left >= 0 else ShownOutput("late", SafeString("")))
        shown.append(ShownCell(cell.kind, _source(cell, notebook.language, bases), cell.count, outputs))
    return shown


def _source(cell: Cell, language: str, bases: tuple[str, ...]) -> SafeString:
    if cell.kind == "markdown":
        return render_markdown(cell.source, base_url=bases[0], image_base_url=bases[1])
    return highlight_code(cell.source, language if cell.kind == "code" else "")


def _output(output: Output) -> ShownOutput:
    if output.kind in IMAGES:
        return ShownOutput("picture", _picture(output.kind, output.text))
    if output.kind == SVG:
        return ShownOutput("picture", _picture(SVG, b64encode(output.text.encode()).decode()))
    if output.kind == "text/html":
        return ShownOutput("page", clean_html(output.text))
    if output.kind in ("text/markdown", "text/latex"):
        return ShownOutput("page", render_markdown(output.text))
    return ShownOutput("error" if output.kind in ("error", "stderr") else "words", format_html("{}", output.text))


def _picture(kind: str, data: str) -> SafeString:
    """A picture in the page itself; in an <img> not even SVG runs scripts."""
    return format_html('<img alt="" src="data:{};base64,{}">', kind, data)
