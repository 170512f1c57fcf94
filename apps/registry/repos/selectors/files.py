"""The files of a repository, and how those who change them sign."""

from __future__ import annotations

from django.conf import settings

from apps.core.actor import Actor
from apps.registry.gitstore import CommitInfo, GitRepo, GitStore, Signature

from ..models import Repo

# the largest text that is edited in a browser
EDIT_LIMIT_BYTES = 1 << 20


def git_store() -> GitStore:
    return GitStore(settings.REPOSITORIES_ROOT)


def git_of(repo: Repo) -> GitRepo:
    """Open the git folder of a repository, for this thread.

    raises  RepositoryMissing
    """
    return git_store().open(repo.pk)


def signature_of(actor: Actor) -> Signature:
    """Return how an actor signs commits; addresses of people are not published."""
    return Signature(actor.name or "nobody", _address_of(actor.name or "nobody"))


def account_of(commit: CommitInfo) -> str:
    """Return the account that a commit was made with here, or nothing for a signature from elsewhere."""
    return commit.author if commit.email == _address_of(commit.author) else ""


def _address_of(name: str) -> str:
    host = settings.PUBLIC_URL.partition("://")[2].split("/")[0].split(":")[0]
    return f"{name}@users.noreply.{host}"
