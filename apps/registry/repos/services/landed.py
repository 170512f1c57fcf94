"""What follows when refs moved, whoever moved them: rows in the same transaction, derivation behind it."""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from django.utils import timezone

from apps.core.actor import Actor
from apps.core.queue import enqueue
from apps.registry.gitstore import GitRepo, RefMove

from ..models import Repo
from ..selectors.files import git_of
from .derive import refresh_derived
from .pack import PACK_TASK
from .protection import check_protected

log = structlog.get_logger(__name__)


def land(actor: Actor, repo: Repo, git: GitRepo, moves: Sequence[RefMove], *, for_good: bool = False) -> None:
    """Move refs of a locked repository, all or none, and write the new head and time into its row.

    for_good  hold nothing of what the refs led to before
    raises    Forbidden for protected refs, BranchMoved, RefExists
    """
    if not moves:
        return
    check_protected(actor, repo, git, moves)
    git.move_refs(list(moves), for_good=for_good)
    repo.updated_at = timezone.now()
    for move in moves:
        if move.ref == f"refs/heads/{repo.default_branch}":
            repo.head = move.new or ""
    repo.save(update_fields=["updated_at", "head"])


def after_moves(actor: Actor, repo: Repo, moves: Sequence[RefMove]) -> Repo:
    """Derive rows anew if the default branch moved; the refs stay moved whatever happens here."""
    if moves and git_of(repo).wants_packing:
        enqueue(PACK_TASK, repo.pk)
    if not any(move.ref == f"refs/heads/{repo.default_branch}" for move in moves):
        return repo
    try:
        return refresh_derived(repo)
    except Exception:
        # the commit is there and stays; `manage.py reindex` derives again
        log.exception("repo.derive_failed", repo=str(repo.address), by=actor.name)
        return repo
