"""Commits: how the files of a repository change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import structlog
from django.utils.translation import gettext as _

from apps.core.actor import Actor, Need
from apps.core.disk_space import check_free_space
from apps.registry.gitstore import AddFile, AddLarge, Change, Delete, DeleteFolder, GitRepo, RefMove
from apps.registry.gitstore.paths import check_path
from apps.registry.repos.access import repo_for
from apps.registry.repos.addresses import Address
from apps.registry.repos.errors import RevisionNotFound
from apps.registry.repos.models import Repo
from apps.registry.repos.selectors.files import git_of, signature_of
from apps.registry.repos.services.protection import check_protected

from ..errors import BranchMoved, CommitRefused
from ..revision_limits import check_expansion
from .checks import check_added_files, check_message
from .large import check_large, link_large, render_pointer, with_sizes
from .quota import check_quota
from .ref_updates import after_ref_updates, apply_ref_updates, ref_update_transaction
from .warnings import Warnings, added_name_problems

log = structlog.get_logger(__name__)
CHANGES_LIMIT = 100_000


@dataclass(frozen=True, slots=True)
class CommitResult:
    """The new head of a branch, and the repository with its derived values up to date.

    warnings  sentences about what was accepted, but should not stay so
    """

    sha: str
    repo: Repo
    ref: str
    warnings: tuple[str, ...] = ()


def commit_changes(
    *,
    actor: Actor,
    address: Address,
    branch: str,
    changes: Iterable[Change],
    message: str,
    description: str = "",
    parent: str | None = None,
) -> CommitResult:
    """Commit changes to a branch, atomically.

    branch   short name, or refs/heads/x, refs/pr/N, refs/convert/x
    changes  applied in this order: deletions, copies, additions
    parent   commit that the branch must be at (4 or more hex digits), or None to build on the current head
    raises   RepoNotFound, Forbidden, RevisionNotFound, BranchMoved, EntryNotFound, BadPath, TooManyFiles,
             TooLarge, OverQuota, CommitRefused
    """
    repo = repo_for(actor, address, Need.WRITE)
    git = git_of(repo)
    check_message(message, description)
    check_free_space(git.folder)
    ref = writable_ref(git, repo, branch)
    seen = head_of(git, repo, ref, parent)
    check_protected(actor, repo, git, [RefMove(ref, seen, seen)])
    warnings = Warnings()
    prepared = _prepare(repo, changes, warnings)
    staged = git.stage(prepared)
    metadata = (signature_of(actor), message, description)
    sha = git.write_commit(seen, staged, *metadata)
    check_expansion(git, git.tree_id(sha))
    large = [(change.sha256, change.size or 0) for change in prepared if isinstance(change, AddLarge)]
    link_large(repo, large)
    with ref_update_transaction():
        repo = repo_for(actor, address, Need.WRITE, lock=True)
        # again under the lock: a file may have been purged in between
        link_large(repo, large)
        ref = writable_ref(git, repo, branch)
        head = head_of(git, repo, ref, parent)
        if head != seen:
            sha = git.write_commit(head, staged, *metadata)
            check_expansion(git, git.tree_id(sha))
        moves = [RefMove(ref, head, sha)] if sha != head else []
        apply_ref_updates(actor, repo, git, moves)
    log.info("repo.committed", repo=str(address), ref=ref, sha=sha, by=actor.name)
    added = [change.path for change in prepared if not isinstance(change, Delete | DeleteFolder)]
    for problems in added_name_problems(git, head, sha, added):
        warnings.add_names(problems)
    return CommitResult(sha, after_ref_updates(actor, repo, moves), ref, tuple(warnings.sentences()))


def _prepare(repo: Repo, changes: Iterable[Change], warnings: Warnings) -> list[Change]:
    """Check every change before anything is stored, and fill in the sizes of large files."""
    prepared = with_sizes(repo, [render_pointer(_with_checked_path(change)) for change in changes])
    if len(prepared) > CHANGES_LIMIT:
        raise CommitRefused(_("A commit can have at most %(limit)s changes.") % {"limit": CHANGES_LIMIT})
    regular = [change for change in prepared if isinstance(change, AddFile)]
    check_added_files(regular, repo.kind, warnings)
    for change in prepared:
        if isinstance(change, AddLarge):
            check_large(repo, change.path, change.sha256, change.size or 0, warnings)
    check_quota(repo, sum(change.size for change in regular))
    return prepared


def _with_checked_path(change: Change) -> Change:
    """Return the change with its path in stored form (raises BadPath)."""
    if isinstance(change, AddFile):
        return AddFile(check_path(change.path), change.content, change.replaces)
    if isinstance(change, AddLarge):
        return AddLarge(check_path(change.path), change.sha256, change.size)
    return change


def writable_ref(git: GitRepo, repo: Repo, branch: str) -> str:
    """Return the full name of a ref that commits may move.

    raises  RevisionNotFound for a commit, a tag, or a missing branch
    """
    if branch == "HEAD":
        return f"refs/heads/{repo.default_branch}"
    ref = (
        branch if branch.startswith(("refs/heads/", "refs/pr/", "refs/convert/")) else f"refs/heads/{branch}"
    )
    is_first = ref == f"refs/heads/{repo.default_branch}"
    if git.target(ref) is None and not is_first:
        raise RevisionNotFound(f"Invalid rev id: {branch[:120]}")
    return ref


def head_of(git: GitRepo, repo: Repo, ref: str, parent: str | None) -> str | None:
    """Return the head of a ref, which must be `parent` if that is given.

    raises  BranchMoved, CommitRefused if `parent` is not a commit id
    """
    head = git.target(ref)
    if parent:
        if not 4 <= len(parent) <= 40 or set(parent.lower()) - set("0123456789abcdef"):
            raise CommitRefused(_("The parent commit is not a valid commit ID."))
        if head is None or not head.startswith(parent.lower()):
            raise BranchMoved(ref=ref, head=head)
    return head
