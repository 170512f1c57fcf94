"""Repository settings."""

from __future__ import annotations

from django.db import transaction

from apps.core.actor import Actor, Need
from apps.core.audit.services import record
from apps.toolchain.jobs.services.outputs import set_repo_visibility

from ..access import repo_for
from ..addresses import Address
from ..announcements import announce_repo
from ..audit import RepoAction
from ..models import Repo


@transaction.atomic
def update_visibility(*, actor: Actor, address: Address, is_private: bool) -> Repo:
    """Make a repository public or private.

    raises  RepoNotFound, Forbidden
    """
    repo = repo_for(actor, address, Need.ADMIN, lock=True)
    if repo.is_private != is_private:
        repo.is_private = is_private
        repo.save(update_fields=["is_private"])
        set_repo_visibility(repo.id, not is_private)
        announce_repo(repo, actor)
        record(
            actor,
            RepoAction.REPO_MADE_PRIVATE if is_private else RepoAction.REPO_MADE_PUBLIC,
            repo.address,
            repo=str(repo.id),
        )
    return repo
