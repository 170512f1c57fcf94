"""What follows when refs moved, whoever moved them: rows in the same transaction, derivation behind it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

import structlog
from django.db import transaction
from django.utils import timezone

from apps.core.actor import Actor
from apps.core.queue import enqueue
from apps.registry.gitstore import GitRepo, RefMove

from ..models import Repo
from ..selectors.files import git_of
from .derive import refresh_derived
from .pack import PACK_TASK
from .protection import check_protected
from .recovery import write_journal_entry

log = structlog.get_logger(__name__)
_moved: ContextVar[list[tuple[GitRepo, list[RefMove]]] | None] = ContextVar("moved", default=None)


@contextmanager
def ref_update_transaction() -> Iterator[None]:
    """A transaction in which refs move: they go back if its rows cannot be kept, since the client hears of an error then.

    A process that dies in between leaves a note; see `mend.py`.
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
        # somebody else has built on it already
        log.exception("repo.refs_left", repo=git.folder.name, refs=[move.ref for move in moves])


def apply_ref_updates(
    actor: Actor, repo: Repo, git: GitRepo, moves: Sequence[RefMove], *, permanently: bool = False
) -> None:
    """Move refs of a locked repository, all or none, and write the new head and time into its row.

    for_good  hold nothing of what the refs led to before
    raises    Forbidden for protected refs, BranchMoved, RefExists
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
    repo.save(update_fields=["updated_at", "head"])


def after_ref_updates(actor: Actor, repo: Repo, moves: Sequence[RefMove]) -> Repo:
    """Derive rows anew if the default branch moved; the refs stay moved whatever happens here, and what failed is made up for later."""
    if moves and git_of(repo).wants_packing:
        enqueue(PACK_TASK, repo.pk)
    row = repo
    if any(move.ref == f"refs/heads/{repo.default_branch}" for move in moves):
        try:
            row = refresh_derived(repo)
        except Exception:
            # the note stays, and `mend.py` derives again
            log.exception("repo.derive_failed", repo=str(repo.address), by=actor.name)
            return repo
    if note := getattr(repo, "journal_entry", None):
        note.unlink(missing_ok=True)
    return row
