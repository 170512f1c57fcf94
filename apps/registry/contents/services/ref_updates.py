"""Ref updates: refs and rows change together, derived values follow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

import structlog
from django.db import transaction
from django.utils import timezone

from apps.core.actor import Actor
from apps.core.queue import enqueue
from apps.core.text.storable import clean_text
from apps.registry.gitstore import GitRepo, RefMove
from apps.registry.repos.announcements import announce_commits, is_repo_watched
from apps.registry.repos.models import Repo
from apps.registry.repos.selectors.files import git_of
from apps.registry.repos.services.protection import check_protected

from .derive import refresh_derived
from .recovery import write_journal_entry

log = structlog.get_logger(__name__)
PACK_TASK = "light.pack_repository"
_moved: ContextVar[list[tuple[GitRepo, list[RefMove]]] | None] = ContextVar("moved", default=None)


@contextmanager
def ref_update_transaction() -> Iterator[None]:
    """A database transaction in which refs move; they are moved back if it fails.

    A process that dies in between leaves a journal entry; see `recovery.py`.
    """
    mark = _moved.set([])
    try:
        with transaction.atomic():
            yield
    except BaseException:
        for git, moves in reversed(_moved.get() or []):
            _roll_back(git, moves)
        raise
    finally:
        _moved.reset(mark)


def _roll_back(git: GitRepo, moves: list[RefMove]) -> None:
    try:
        git.move_refs([RefMove(move.ref, move.new, move.old) for move in moves], permanently=True)
    except Exception:
        # another update has built on it already
        log.exception("repo.rollback_failed", repo=git.folder.name, refs=[move.ref for move in moves])


def apply_ref_updates(
    actor: Actor, repo: Repo, git: GitRepo, moves: Sequence[RefMove], *, permanently: bool = False
) -> None:
    """Move refs of a locked repository, all or none, and store the new head and time in its row.

    permanently  do not retain what the refs pointed to before
    raises       Forbidden for protected refs, BranchMoved, RefExists
    """
    if not moves:
        return
    check_protected(actor, repo, git, moves)
    repo.journal_entry = write_journal_entry(repo)  # type: ignore[attr-defined]
    git.move_refs(list(moves), permanently=permanently)
    if (moved := _moved.get()) is not None:
        moved.append((git, list(moves)))
    repo.updated_at = timezone.now()
    for move in moves:
        if move.ref == f"refs/heads/{repo.default_branch}":
            repo.head = move.new or ""
            _announce(actor, repo, git, move)
    repo.save(update_fields=["updated_at", "head"])


def _announce(actor: Actor, repo: Repo, git: GitRepo, move: RefMove) -> None:
    """Tell of new commits; most repositories are not watched, and cost one query here."""
    if move.old and move.new and is_repo_watched(repo):
        announce_commits(repo, actor, move.new, clean_text(git.commit(move.new).title))


def after_ref_updates(actor: Actor, repo: Repo, moves: Sequence[RefMove]) -> Repo:
    """Update the derived values if the default branch moved.

    Refs stay moved even if this fails; the journal entry then makes a later run derive again.
    """
    if moves and git_of(repo).wants_packing:
        enqueue(PACK_TASK, repo.pk)
    row = repo
    if any(move.ref == f"refs/heads/{repo.default_branch}" for move in moves):
        try:
            row = refresh_derived(repo)
        except Exception:
            # the journal entry stays
            log.exception("repo.derive_failed", repo=str(repo.address), by=actor.name)
            return repo
    if entry := getattr(repo, "journal_entry", None):
        entry.unlink(missing_ok=True)
    return row
