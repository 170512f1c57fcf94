"""The default branch of a repository."""

from __future__ import annotations

from django.db import transaction

from apps.core.actor import Actor, Need
from apps.core.audit.services import record
from apps.registry.repos.access import repo_for
from apps.registry.repos.addresses import Address
from apps.registry.repos.audit import RepoAction
from apps.registry.repos.models import Repo
from apps.registry.repos.selectors.files import git_of

from .derive import refresh_derived


def set_default_branch(*, actor: Actor, address: Address, name: str) -> Repo:
    """Change the default branch and update everything that is derived from it.

    raises  RepoNotFound, Forbidden, RevisionNotFound if the branch does not exist
    """
    with transaction.atomic():
        repo = repo_for(actor, address, Need.ADMIN, lock=True)
        before = repo.default_branch
        if name == before:
            return repo
        git_of(repo).set_default_branch(name)
        repo.default_branch = name
        repo.save(update_fields=["default_branch"])
        record(actor, RepoAction.REPO_DEFAULT_BRANCH, repo.address, before=before, after=name)
    return refresh_derived(repo)
