"""The first card of a new repository."""

from __future__ import annotations

from django.utils.translation import gettext as _

from apps.core.actor import Actor
from apps.registry.gitstore import AddFile
from apps.registry.repos.models import Repo

from .commit import commit_changes


def create_card(*, actor: Actor, repo: Repo, license: str = "", description: str = "") -> Repo:
    """Commit a card with the license and description, if there are any, and return the updated repository.

    raises  as commit_changes
    """
    if not license and not description.strip():
        return repo
    front = f"---\nlicense: {license}\n---\n\n" if license else ""
    card = f"{front}# {repo.name}\n\n{description.strip()}\n".rstrip() + "\n"
    changes = [AddFile("README.md", card.encode())]
    message = _("Create README.md")
    return commit_changes(
        actor=actor, address=repo.address, branch=repo.default_branch, changes=changes, message=message
    ).repo
