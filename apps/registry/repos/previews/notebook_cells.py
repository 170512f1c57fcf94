"""Cells of a notebook as HTML: sources coloured, outputs cleaned, pictures from the notebook alone."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.core.highlighting import HighlightBudget, highlight_code
from apps.core.markdown import clean_html
from apps.core.rendering import render_cached
from apps.registry.gitstore import Entry

from ..links import Links
from .notebook import IMAGES, Cell, Notebook, Output

# what all pictures and words of outputs together may weigh on a page
PAGE_CHARACTERS = 6 << 20
# sources, and outputs that are pages: before they are coloured, rendered or cleaned, and after
MARKED_CHARACTERS, WEIGHT_CHARACTERS = 256 << 10, 2 << 20
OUTPUTS_LIMIT = 2_000
PAGES = ("text/html", "text/markdown", "text/latex")
SVG = "image/svg+xml"


@dataclass(frozen=True, slots=True)
class RenderedOutput:
    """look: picture, page (cleaned HTML), words, error, or late for one that was left out"""

    look: str
    html: SafeString


@dataclass(frozen=True, slots=True)
class RenderedCell:
    kind: str
    html: SafeString
    count: int | None
    outputs: list[RenderedOutput]


@dataclass(slots=True)
class Budget:
    """What a page of a notebook may still show, in characters but for `outputs`.

    outputs   of all cells together
    pictures  and plain words in outputs, which cost little but their weight
    marked    sources and outputs that are coloured, rendered or cleaned first
    weight    of the HTML that this gives
    colours   what is left for coloured code
    """

    outputs: int = OUTPUTS_LIMIT
    pictures: int = PAGE_CHARACTERS
    marked: int = MARKED_CHARACTERS
    weight: int = WEIGHT_CHARACTERS
    colors: HighlightBudget = field(default_factory=HighlightBudget)

    @property
    def is_spent(self) -> bool:
        return self.marked < 0 or self.weight < 0


def render_cells(notebook: Notebook, entry: Entry, links: Links) -> tuple[list[RenderedCell], bool]:
    """Return cells ready for a page, and whether further ones are left out; so are outputs beyond the page's weight."""
    folder = entry.path.rpartition("/")[0]
    bases = tuple(f"{links.at(word, folder)}/" for word in ("blob", "resolve"))
    shown: list[RenderedCell] = []
    budget = Budget()
    for cell in notebook.cells:
        budget.marked -= len(cell.source)
        if budget.is_spent:
            return shown, True
        source = _source(cell, notebook.language, bases, budget)
        budget.weight -= len(source)
        shown.append(RenderedCell(cell.kind, source, cell.count, list(_outputs(budget, cell))))
    return shown, notebook.is_cut


def _outputs(budget: Budget, cell: Cell) -> Iterator[RenderedOutput]:
    """Yield a cell's outputs ready for the page; the first that is left out stands for those behind it."""
    for output in cell.outputs:
        budget.outputs -= 1
        if output.kind in PAGES:
            budget.marked -= len(output.text)
        else:
            budget.pictures -= len(output.text)
        if budget.is_spent or budget.outputs < 0 or budget.pictures < 0:
            yield RenderedOutput("late", SafeString(""))
            return
        made = _output(output)
        budget.weight -= len(made.html) if output.kind in PAGES else 0
        yield made


def _source(cell: Cell, language: str, bases: tuple[str, ...], budget: Budget) -> SafeString:
    if cell.kind == "markdown":
        return render_cached(cell.source, *bases)
    return highlight_code(cell.source, language if cell.kind == "code" else "", budget.colors)


def _output(output: Output) -> RenderedOutput:
    if output.kind in IMAGES:
        return RenderedOutput("picture", _picture(output.kind, output.text))
    if output.kind == SVG:
        return RenderedOutput("picture", _picture(SVG, b64encode(output.text.encode()).decode()))
    if output.kind == "text/html":
        return RenderedOutput("page", clean_html(output.text))
    if output.kind in PAGES:
        return RenderedOutput("page", render_cached(output.text))
    return RenderedOutput(
        "error" if output.kind in ("error", "stderr") else "words", format_html("{}", output.text)
    )


def _picture(kind: str, data: str) -> SafeString:
    """A picture in the page itself; in an <img> not even SVG runs scripts."""
    return format_html('<img alt="" src="data:{};base64,{}">', kind, data)
