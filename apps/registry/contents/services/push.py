"""Git pushes, under the same rules as commits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from django.conf import settings

from apps.core.actor import Actor, Need
from apps.registry.blobs.selectors import objects_for
from apps.registry.gitstore import GitRepo, RefMove
from apps.registry.gitstore.quarantine import Quarantine
from apps.registry.gitstore.refs import check_ref_name
from apps.registry.gitstore.revisions import commit_behind
from apps.registry.repos.access import repo_for
from apps.registry.repos.addresses import Address
from apps.registry.repos.models import Repo
from apps.registry.repos.selectors.files import git_of
from apps.registry.repos.services.protection import check_protected

from ..errors import CommitRefused
from .checks import CARD, check_card, check_ref_count
from .large import check_large, link_large, uploaded_size
from .pushed_objects import PushedObjects, check_objects
from .quota import check_quota
from .ref_updates import after_ref_updates, apply_ref_updates, ref_update_transaction

log = structlog.get_logger(__name__)
MOVES_LIMIT = 10_000
LOGGED_LIMIT = 10
UPDATE_ONLY = re.compile(r"refs/(pr/[1-9][0-9]{0,9}|convert/[A-Za-z0-9._-]{1,60})")


@dataclass(frozen=True, slots=True)
class AcceptedPush:
    """The repository after a push, and sentences about what was accepted, but should not stay so."""

    repo: Repo
    warnings: list[str]


def accept_push(
    *, actor: Actor, address: Address, moves: Sequence[RefMove], quarantine: Quarantine
) -> AcceptedPush:
    """Check the objects of a push in quarantine, keep them, and move its refs: all or none.

    raises  RepoNotFound, Forbidden, CommitRefused, BadPath, BadPack, RefExists, BranchMoved, OverQuota
    """
    repo = repo_for(actor, address, Need.WRITE)
    git = quarantine.open()
    check_moves(repo, git, moves)
    check_protected(actor, repo, git, moves)
    pushed = _check_pushed_objects(repo, git, moves, quarantine)
    quarantine.keep()
    with ref_update_transaction():
        repo = repo_for(actor, address, Need.WRITE, lock=True)
        # again under the lock: a file may have been purged in between
        link_large(repo, pushed.large)
        apply_ref_updates(actor, repo, git_of(repo), moves)
    shown = [move.ref for move in moves[:LOGGED_LIMIT]]
    log.info("repo.pushed", repo=str(address), refs=shown, count=len(moves), by=actor.name)
    return AcceptedPush(after_ref_updates(actor, repo, moves), pushed.warnings.sentences())


def check_moves(repo: Repo, git: GitRepo, moves: Sequence[RefMove]) -> None:
    """Refuse refs that a push may not move (raises CommitRefused, BadRefName)."""
    if len(moves) > MOVES_LIMIT:
        raise CommitRefused(
            f"A push can update at most {MOVES_LIMIT:,} branches and tags; this one has {len(moves):,}. "
            "Push in parts, such as git push origin 'refs/tags/v1*:refs/tags/v1*'."
        )
    if len({move.ref for move in moves}) != len(moves):
        raise CommitRefused("A push can update each branch and tag only once.")
    check_ref_count(git, sum(1 for move in moves if move.old is None))
    for move in moves:
        prefix = next((one for one in ("refs/heads/", "refs/tags/") if move.ref.startswith(one)), "")
        if prefix:
            check_ref_name(move.ref.removeprefix(prefix))
        elif not UPDATE_ONLY.fullmatch(move.ref) or git.target(move.ref) is None or move.new is None:
            raise CommitRefused(
                f"{move.ref} cannot be pushed. Push branches (refs/heads/…) and tags (refs/tags/…)."
            )
        if move.new is None and move.ref == f"refs/heads/{repo.default_branch}":
            raise CommitRefused(f"Cannot delete {move.ref}: it is the default branch.")
        if move.new is not None:
            _check_tip(git, move)


def _check_tip(git: GitRepo, move: RefMove) -> None:
    commit = commit_behind(git.git, move.new or "")
    if commit is None or (commit != move.new and not move.ref.startswith("refs/tags/")):
        raise CommitRefused(f"{move.ref} must point to a commit.")


def _check_pushed_objects(
    repo: Repo, git: GitRepo, moves: Sequence[RefMove], quarantine: Quarantine
) -> PushedObjects:
    """Check new objects and the cards at the new tips, then link the large files."""
    tips = [move.new for move in moves if move.new]
    if not tips:
        return PushedObjects()
    pushed = check_objects(git, quarantine.new_objects(tips))
    for move in moves:
        _check_tip_card(repo, git, move)
    for fault in quarantine.faults:
        pushed.warnings.add(fault)
    check_quota(repo, pushed.regular_bytes)
    _link(repo, pushed)
    return pushed


def _check_tip_card(repo: Repo, git: GitRepo, move: RefMove) -> None:
    if not move.new or not move.ref.startswith("refs/heads/"):
        return
    content = git.read_file(move.new, CARD, settings.REGULAR_FILE_LIMIT_BYTES)
    before = git.read_file(move.old, CARD, settings.REGULAR_FILE_LIMIT_BYTES) if move.old else None
    if content is not None and content != before:
        check_card(content, repo.kind)


def _link(repo: Repo, pushed: PushedObjects) -> None:
    """Link the large files of new pointers.

    raises  CommitRefused with the first ten files that were not uploaded
    """
    missing: list[str] = []
    objects = objects_for(repo.pk, pushed.pointers)
    for oid, (path, size) in pushed.pointers.items():
        try:
            uploaded_size(objects, path, oid, size)
            check_large(repo, path, oid, size, pushed.warnings)
        except CommitRefused as refusal:
            missing.append(refusal.message)
        if len(missing) == 10:
            break
    if missing:
        raise CommitRefused("\n".join([*missing, "Run git lfs push --all, then push again."]))
    link_large(repo, pushed.large)
