"""Checks of what a commit adds: sizes, cards, safetensors headers, messages."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from apps.core.cache import CachedValue
from apps.core.errors import TooLarge
from apps.core.text.storable import is_storable
from apps.registry.formats.cards import validate_card
from apps.registry.formats.safetensors import BadSafetensors, ReadRange, TensorSums, read_header
from apps.registry.gitstore import AddFile, GitRepo
from apps.registry.repos.addresses import RepoKind

from ..errors import CommitRefused
from .warnings import Warnings

TITLE_LIMIT, DESCRIPTION_LIMIT = 1_000, 100_000
CARD = "README.md"
WEIGHTS = ".safetensors"
SUMS = CachedValue("tensor-sums", TensorSums, seconds=30 * 24 * 3600)
# file pages list all branches and tags
REFS_LIMIT = 20_000


def check_added_files(files: Iterable[AddFile], kind: RepoKind | str, warnings: Warnings) -> None:
    """Check regular files before they are stored, and warn of malformed safetensors files.

    raises  TooLarge above the limit for regular files, CommitRefused for an invalid card
    """
    for file in files:
        if file.size > settings.REGULAR_FILE_LIMIT_BYTES:
            raise TooLarge(
                _("%(path)s is larger than %(limit)s MiB. Upload it with Git LFS or Xet.")
                % {"path": file.path, "limit": settings.REGULAR_FILE_LIMIT_BYTES >> 20},
                path=file.path,
            )
        if file.path == CARD:
            check_card(bytes_of(file), kind)
        elif file.path.endswith(WEIGHTS):
            warnings.add_weights(file.path, read_weights(file.path, reader_of(file), file.size))


def check_card(content: bytes, kind: RepoKind | str) -> None:
    """Check the metadata of a README.

    raises  CommitRefused with the facts `errors` and `warnings` (lists of sentences)
    """
    try:
        text = content.decode()
    except UnicodeDecodeError:
        message = _("README.md is not valid UTF-8.")
        raise CommitRefused(message, card_errors=[message], warnings=[]) from None
    report = validate_card(text, kind)
    if not report.is_valid:
        message = _("Invalid metadata in README.md. %(error)s") % {"error": report.errors[0]}
        raise CommitRefused(message, card_errors=report.errors, warnings=report.warnings)


def read_weights(path: str, read: ReadRange, size: int, sha256: str = "") -> TensorSums:
    """Count the parameters of a safetensors file by dtype, as far as its header is valid.

    sha256  of the whole file, if known; the result of a valid header is cached under it
    raises  CommitRefused if the header is larger than the limits
    """
    cached = SUMS.get(sha256) if sha256 else None
    if cached is not None:
        return cached
    try:
        sums = read_header(read, size).sums
    except BadSafetensors as error:
        message = _("The header of %(path)s is too large: %(reason)s.") % {"path": path, "reason": error}
        raise CommitRefused(message, path=path) from None
    if sha256 and not sums.problem:
        SUMS.set(sums, sha256)
    return sums


def check_ref_count(git: GitRepo, added: int = 1) -> None:
    """Refuse more branches and tags than can be listed (raises CommitRefused)."""
    if added and sum(1 for _ in git.git.references) + added > REFS_LIMIT:
        raise CommitRefused(
            _("A repository can have at most %(limit)s branches and tags.") % {"limit": REFS_LIMIT}
        )


def check_message(title: str, description: str) -> None:
    """Refuse a commit message that is missing, too long or not storable text (raises CommitRefused)."""
    if not title.strip():
        raise CommitRefused(_("Enter a commit summary."))
    if len(title) > TITLE_LIMIT or len(description) > DESCRIPTION_LIMIT:
        message = _("A summary can have at most %(title)s characters, a description at most %(description)s.")
        raise CommitRefused(message % {"title": TITLE_LIMIT, "description": DESCRIPTION_LIMIT})
    if not is_storable(title + description):
        raise CommitRefused(_("The summary or description is not valid UTF-8."))


def bytes_of(file: AddFile) -> bytes:
    return file.content if isinstance(file.content, bytes) else Path(file.content).read_bytes()


def reader_of(file: AddFile) -> ReadRange:
    """Return a range reader of a regular file, on disk or in memory."""

    def read(start: int, end: int) -> bytes:
        if isinstance(file.content, bytes):
            return file.content[start:end]
        with file.content.open("rb") as opened:
            opened.seek(start)
            return opened.read(end - start)

    return read
