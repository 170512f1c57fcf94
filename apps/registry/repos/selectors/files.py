"""Git repositories of the site, and the signatures of its commits."""

from __future__ import annotations

from django.conf import settings

from apps.core.actor import Actor
from apps.registry.gitstore import CommitInfo, GitRepo, GitStore, Signature

from ..models import Repo


def git_store() -> GitStore:
    return GitStore(settings.REPOSITORIES_ROOT)


def git_of(repo: Repo) -> GitRepo:
    """Open the git folder of a repository for this thread (raises RepositoryMissing)."""
    return git_store().open(repo.pk)


def signature_of(actor: Actor) -> Signature:
    """Return the commit signature of an actor, with a noreply address instead of the person's email."""
    return Signature(actor.name or "nobody", _address_of(actor.name or "nobody"))


def account_of(commit: CommitInfo) -> str:
    """Return the username of a commit made on this site, or an empty text for a foreign signature."""
    return commit.author if commit.email == _address_of(commit.author) else ""


def _address_of(name: str) -> str:
    host = settings.PUBLIC_URL.partition("://")[2].split("/")[0].split(":")[0]
    return f"{name}@users.noreply.{host}"
