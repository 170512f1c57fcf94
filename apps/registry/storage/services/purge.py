"""Purging large files from a repository and its history."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from apps.core.actor import Actor, Need
from apps.core.audit.services import record
from apps.registry.blobs.reclaimable import Reclaimable, reclaimable_by
from apps.registry.blobs.services import unlink_objects
from apps.registry.contents.errors import CommitRefused
from apps.registry.contents.services.ref_updates import (
    after_ref_updates,
    apply_ref_updates,
    ref_update_transaction,
)
from apps.registry.gitstore.rewriting import Rewriter
from apps.registry.repos.access import repo_for
from apps.registry.repos.addresses import Address
from apps.registry.repos.audit import RepoAction
from apps.registry.repos.models import Repo
from apps.registry.repos.selectors.files import git_of

FILES_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class PurgeResult:
    """What was deleted, and the refs whose history was rewritten."""

    reclaimed: Reclaimable
    refs: tuple[str, ...]
    repo: Repo


def purge_large_files(
    *, actor: Actor, address: Address, sha256s: Iterable[str], rewrite_history: bool = True
) -> PurgeResult:
    """Permanently delete large files, as an admin; other repositories with the same files keep them.

    sha256s          at most 1000; those that the repository does not hold are ignored
    rewrite_history  remove the files from every commit; otherwise commits keep pointers to the deleted files
    raises           RepoNotFound, Forbidden, CommitRefused
    """
    unwanted = frozenset(sha256s)
    if not unwanted or len(unwanted) > FILES_LIMIT:
        raise CommitRefused(_("Select 1 to %(limit)s large files.") % {"limit": FILES_LIMIT})
    repo = repo_for(actor, address, Need.ADMIN)
    git = git_of(repo)
    rewriter = Rewriter(git, unwanted)
    if rewrite_history:
        # most of the work, without the lock; under it only newer commits are left to rewrite
        rewriter.moves()
    with ref_update_transaction():
        repo = repo_for(actor, address, Need.ADMIN, lock=True)
        moves = rewriter.moves() if rewrite_history else []
        apply_ref_updates(actor, repo, git, moves, permanently=True)
        reclaimed = reclaimable_by(repo.pk, unwanted)
        unlink_objects(repo.pk, unwanted)
        refs = tuple(move.ref for move in moves if move.new)
        record(
            actor,
            RepoAction.FILES_PURGED,
            repo.address,
            repo=str(repo.pk),
            count=reclaimed.count,
            bytes=reclaimed.quota_bytes,
            refs=list(refs)[:100],
        )
    return PurgeResult(reclaimed, refs, after_ref_updates(actor, repo, moves))
