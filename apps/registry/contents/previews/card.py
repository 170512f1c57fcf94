"""The card of a repository as HTML, cached by content."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.safestring import SafeString, mark_safe

from apps.core.text.rendering import render_cached_as
from apps.registry.formats.cards import validate_card
from apps.registry.gitstore import Entry, EntryNotFound, GitRepo
from apps.registry.repos.links import Links

CARD = "README.md"
TEXT_LIMIT_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Card:
    """A rendered card.

    html          sanitized
    is_too_large  the text exceeds the limit and is not rendered
    problem       what is wrong with the metadata, in the reader's language
    """

    entry: Entry
    html: SafeString
    is_too_large: bool = False
    problem: str = ""


def card_of(git: GitRepo, sha: str, links: Links, *, checked_as: str = "") -> Card | None:
    """Return the card of a commit, or None if it has none.

    checked_as  kind of repository to validate the metadata for, empty to skip validation
    """
    try:
        entry = git.entry(sha, CARD)
    except EntryNotFound:
        return None
    if not entry.is_file:
        return None
    if entry.pointer or entry.size > TEXT_LIMIT_BYTES:
        return Card(entry, mark_safe(""), is_too_large=True)
    problem = (
        " ".join(validate_card(git.read(entry.oid).decode(errors="replace"), checked_as).errors)
        if checked_as
        else ""
    )
    return Card(entry, markdown_of(git, entry, links), problem=problem)


def markdown_of(git: GitRepo, entry: Entry, links: Links) -> SafeString:
    """Return a Markdown file as safe HTML; links and images are relative to its folder."""
    folder = entry.path.rpartition("/")[0]
    base, images = (f"{links.at(word, folder)}/" for word in ("blob", "resolve"))
    return render_cached_as(entry.oid, lambda: git.read(entry.oid).decode(errors="replace"), base, images)
