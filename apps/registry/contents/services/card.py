"""The first card of a new repository."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from apps.core.actor import Actor
from apps.registry.gitstore import AddFile
from apps.registry.repos.models import Repo

from .commit import commit_changes


def card_text(name: str, metadata: Mapping[str, str], description: str = "") -> str:
    """Return the text of a card; the metadata are values that YAML reads as they stand."""
    lines = [f"{key}: {value}\n" for key, value in metadata.items() if value]
    front = "".join(["---\n", *lines, "---\n\n"]) if lines else ""
    return f"{front}# {name}\n\n{description.strip()}".rstrip() + "\n"


def create_card(*, actor: Actor, repo: Repo, license: str = "", description: str = "") -> Repo:
    """Commit a card with the license and description, if there are any, and return the updated repository.

    raises  as commit_changes
    """
    if not license and not description.strip():
        return repo
    card = card_text(repo.name, {"license": license}, description)
    changes = [AddFile("README.md", card.encode())]
    message = _("Create README.md")
    return commit_changes(
        actor=actor, address=repo.address, branch=repo.default_branch, changes=changes, message=message
    ).repo
