"""Renaming and transferring repositories."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from apps.core.actor import Actor, Need
from apps.core.audit.services import record
from apps.toolchain.jobs.services.renames import update_repo_address

from ..access import namespace_for, repo_for
from ..addresses import Address
from ..audit import RepoAction
from ..models import Repo, RepoRedirect
from ..names import check_repo_name
from .counting import count_owner
from .create import name_taken


@transaction.atomic
def rename_repo(*, actor: Actor, address: Address, to: Address) -> Repo:
    """Move a repository to another address; the old one redirects to it.

    raises  RepoNotFound, Forbidden for either namespace, BadName, NameTaken
    """
    repo = repo_for(actor, address, Need.ADMIN, lock=True)
    old = repo.address
    target = (
        namespace_for(actor, to.namespace, Need.CONTRIBUTE, to)
        if to.namespace.casefold() != repo.namespace.key
        else repo.namespace
    )
    old_key = repo.address_key
    repo.namespace, repo.name = target, check_repo_name(to.name)
    try:
        with transaction.atomic():
            repo.save(update_fields=["namespace", "name", "key", "address_key"])
    except IntegrityError:
        raise name_taken(repo.kind, target, to.name) from None
    _add_redirect(repo, old_key)
    update_repo_address(repo.id, repo.address.id)
    record(actor, RepoAction.REPO_RENAMED, repo.address, repo=str(repo.id), before=str(old))
    count_owner(repo)
    return repo


def _add_redirect(repo: Repo, old_key: str) -> None:
    RepoRedirect.objects.filter(kind=repo.kind, address_key=repo.address_key).delete()
    if old_key != repo.address_key:
        RepoRedirect.objects.update_or_create(kind=repo.kind, address_key=old_key, defaults={"repo": repo})
