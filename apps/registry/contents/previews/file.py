"""Previews of files by type, within limits."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from posixpath import dirname, join, normpath

from django.utils.safestring import SafeString

from apps.core.errors import Refusal
from apps.core.text.formatting import parameter_count
from apps.registry.formats.notebook import NOTEBOOK_LIMIT_BYTES, read_notebook
from apps.registry.formats.notebook_cells import RenderedCell, render_cells
from apps.registry.formats.source import Unreadable
from apps.registry.formats.tables.rows import format_of
from apps.registry.formats.tensors import Tensors, gguf_of, tensors_of
from apps.registry.formats.text import TextPage, text_page
from apps.registry.gitstore import Entry, GitRepo
from apps.registry.gitstore.attributes import looks_binary
from apps.registry.repos.links import Links
from apps.registry.repos.models import Repo

from ..revision_limits import EDIT_LIMIT_BYTES
from .card import markdown_of
from .sources import source_of
from .viewer import View, view_of_file

TEXT_LIMIT_BYTES = 512 << 10
TENSORS_SHOWN = 1000
LINK_MODE, LINK_LIMIT_BYTES = 0o120000, 4096
IMAGES = frozenset("png jpg jpeg gif webp avif".split())
AUDIO_FORMATS = frozenset("mp3 wav flac ogg".split())


class PreviewKind(StrEnum):
    """How a file is displayed."""

    TEXT = "text"
    PROSE = "prose"
    ROWS = "rows"
    TENSORS = "tensors"
    NOTEBOOK = "notebook"
    LINK = "link"
    IMAGE = "image"
    AUDIO = "audio"
    NONE = "none"


@dataclass(slots=True)
class Preview:
    """A file to display.

    kinds    all ways to display it, the best first
    problem  why it cannot be displayed
    target   of a symbolic link
    """

    kind: PreviewKind
    kinds: list[PreviewKind] = field(default_factory=list)
    text: TextPage | None = None
    html: SafeString = field(default_factory=SafeString)
    view: View | None = None
    tensors: Tensors | None = None
    dtypes: list[tuple[str, int, str]] = field(default_factory=list)
    cells: list[RenderedCell] = field(default_factory=list)
    target: str = ""
    target_href: str = ""
    problem: str = ""
    is_too_large: bool = False
    is_cut: bool = False

    @property
    def parts(self) -> list[tuple[str, int]]:
        return [(name, count) for name, count, _words in self.dtypes]


def extension_of(entry: Entry) -> str:
    return entry.name.rpartition(".")[2].lower() if "." in entry.name else ""


def is_text(git: GitRepo, entry: Entry) -> bool:
    """Return whether a regular file is UTF-8 text."""
    if entry.pointer is not None or entry.size > EDIT_LIMIT_BYTES:
        return False
    data = git.read(entry.oid)
    if looks_binary(data):
        return False
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def kinds_of(git: GitRepo, entry: Entry) -> list[PreviewKind]:
    """Return the ways to display a file, the best first."""
    ending, kinds = extension_of(entry), []
    if entry.mode == LINK_MODE:
        return [PreviewKind.LINK]
    if ending in ("safetensors", "gguf"):
        kinds.append(PreviewKind.TENSORS)
    elif ending == "ipynb" and entry.size <= NOTEBOOK_LIMIT_BYTES:
        kinds.append(PreviewKind.NOTEBOOK)
    elif ending in IMAGES:
        kinds.append(PreviewKind.IMAGE)
    elif ending in AUDIO_FORMATS:
        kinds.append(PreviewKind.AUDIO)
    elif format_of(entry.path) and not (ending == "json" and entry.size < 64 << 10):
        kinds.append(PreviewKind.ROWS)
    if kinds in ([], [PreviewKind.ROWS], [PreviewKind.NOTEBOOK]) and is_text(git, entry):
        kinds += [PreviewKind.PROSE, PreviewKind.TEXT] if ending in ("md", "markdown") else [PreviewKind.TEXT]
    return kinds or [PreviewKind.NONE]


def preview_of(
    repo: Repo, git: GitRepo, entry: Entry, links: Links, *, requested: str = "", at: str = "", line: int = 1
) -> Preview:
    """Return a file as requested if possible, else in the best way.

    at    position of the page of rows
    line  a line that the page of text includes
    """
    kinds = kinds_of(git, entry)
    kind = PreviewKind(requested) if requested in kinds else kinds[0]
    preview = Preview(kind, kinds)
    if kind is PreviewKind.TEXT:
        _fill_text(preview, git, entry, line)
    elif kind is PreviewKind.PROSE:
        preview.html = markdown_of(git, entry, links)
    elif kind is PreviewKind.ROWS:
        preview.view = view_of_file(repo, git, entry, at)
    elif kind is PreviewKind.TENSORS:
        _fill_tensors(preview, repo, git, entry)
    elif kind is PreviewKind.NOTEBOOK:
        _fill_notebook(preview, repo, git, entry, links)
    elif kind is PreviewKind.LINK:
        _fill_link(preview, git, entry, links)
    return preview


def _fill_text(preview: Preview, git: GitRepo, entry: Entry, line: int) -> None:
    if entry.size > TEXT_LIMIT_BYTES:
        preview.is_too_large = True
        return
    preview.text = text_page(
        git.read(entry.oid).decode(errors="replace").removeprefix("\ufeff"), entry.name, line
    )


def _fill_notebook(preview: Preview, repo: Repo, git: GitRepo, entry: Entry, links: Links) -> None:
    try:
        notebook = read_notebook(source_of(repo, git, entry).read(0, NOTEBOOK_LIMIT_BYTES + 1))
        folder = entry.path.rpartition("/")[0]
        bases = (f"{links.at(word, folder)}/" for word in ("blob", "resolve"))
        preview.cells, preview.is_cut = render_cells(notebook, *bases)
    except Unreadable as problem:
        preview.problem = str(problem)
    except Refusal as problem:
        preview.problem = problem.words


def _fill_link(preview: Preview, git: GitRepo, entry: Entry, links: Links) -> None:
    """Set the target of a symbolic link, with a URL if it is inside the repository."""
    preview.target = git.read(entry.oid)[:LINK_LIMIT_BYTES].decode(errors="replace")
    place = normpath(join(dirname(entry.path), preview.target))
    if not place.startswith(("../", "/")) and place not in (".", ".."):
        preview.target_href = links.at("blob", place)


def _fill_tensors(preview: Preview, repo: Repo, git: GitRepo, entry: Entry) -> None:
    read = gguf_of if extension_of(entry) == "gguf" else tensors_of
    try:
        preview.tensors = read(source_of(repo, git, entry))
    except Unreadable as problem:
        preview.problem = str(problem)
    except Refusal as problem:
        preview.problem = problem.words
    if preview.tensors:
        ordered = sorted(preview.tensors.by_dtype.items(), key=lambda pair: -pair[1])
        preview.dtypes = [(name, count, parameter_count(count)) for name, count in ordered]
