"""File locks (Git LFS): one holder per path."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.core.actor import Actor, Need
from apps.core.audit.services import record
from apps.registry.gitstore.paths import check_path

from ..access import may, repo_for
from ..addresses import Address
from ..audit import RepoAction
from ..errors import Forbidden, LockNotFound, LocksFull, PathLocked
from ..models import FileLock
from ..selectors.locks import locks_of

LOCKS_LIMIT = 10_000


@transaction.atomic
def lock_path(*, actor: Actor, address: Address, path: str) -> FileLock:
    """Lock a path for the actor; the file need not exist yet.

    raises  RepoNotFound, Forbidden, BadPath, PathLocked with the fact `lock`, LocksFull
    """
    repo, path = repo_for(actor, address, Need.WRITE), check_path(path)
    if locks_of(repo).count() >= LOCKS_LIMIT:
        raise LocksFull(_("A repository can have at most %(limit)s locks.") % {"limit": LOCKS_LIMIT})
    try:
        with transaction.atomic():
            return FileLock.objects.create(repo=repo, path=path, owner_id=actor.user_id or 0)
    except IntegrityError:
        existing = locks_of(repo).filter(path=path).first()
        raise PathLocked(_lock_message(existing) if existing else "", lock=existing) from None


@transaction.atomic
def unlock(*, actor: Actor, address: Address, number: int, is_forced: bool = False) -> FileLock:
    """Remove a lock and return it.

    is_forced  remove the lock of somebody else, as an admin
    raises     RepoNotFound, Forbidden, LockNotFound
    """
    repo = repo_for(actor, address, Need.WRITE)
    lock = locks_of(repo).select_for_update(of=("self",)).filter(pk=number).first()
    if lock is None:
        raise LockNotFound
    if lock.owner_id != actor.user_id:
        if not is_forced:
            raise Forbidden(_lock_message(lock))
        if not may(actor, Need.ADMIN, repo):
            raise Forbidden(_("Only admins of this repository can remove other people's locks."))
        record(actor, RepoAction.REPO_LOCK_BROKEN, repo.address, path=lock.path, owner=lock.owner.username)
    FileLock.objects.filter(pk=lock.pk).delete()
    return lock


def _lock_message(lock: FileLock) -> str:
    return _("%(path)s is locked by %(name)s.") % {"path": lock.path, "name": lock.owner.username}
