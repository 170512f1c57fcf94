"""Branches and tags, created and deleted under the lock of the repository's row."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from apps.core.actor import Actor, Need
from apps.core.audit.services import record
from apps.registry.gitstore import GitRepo, RefMove
from apps.registry.gitstore.attributes import DEFAULT_ATTRIBUTES
from apps.registry.gitstore.changes import AddFile
from apps.registry.gitstore.errors import RefExists
from apps.registry.gitstore.refs import check_ref_name
from apps.registry.repos.access import repo_for
from apps.registry.repos.addresses import Address
from apps.registry.repos.audit import RepoAction
from apps.registry.repos.errors import RevisionNotFound
from apps.registry.repos.models import Repo
from apps.registry.repos.selectors.files import git_of, signature_of
from apps.registry.repos.services.protection import check_protected

from ..errors import CommitRefused
from ..revision_limits import check_expansion
from .checks import check_ref_count
from .ref_updates import after_ref_updates, apply_ref_updates, ref_update_transaction

SUBJECT_LIMIT = 1000


def _lock_repo(actor: Actor, address: Address) -> tuple[Repo, GitRepo]:
    repo = repo_for(actor, address, Need.WRITE, lock=True)
    return repo, git_of(repo)


def create_branch(
    *,
    actor: Actor,
    address: Address,
    name: str,
    start: str | None = None,
    is_empty: bool = False,
    overwrite: bool = False,
) -> str:
    """Create a branch and return its commit.

    start      revision, or None for the default branch
    is_empty   start a new history instead
    overwrite  move an existing branch of this name
    raises     RepoNotFound, Forbidden, RevisionNotFound, BadRefName, RefExists
    """
    with ref_update_transaction():
        repo, git = _lock_repo(actor, address)
        ref = f"refs/heads/{check_ref_name(name)}"
        before = git.target(ref)
        if before is not None and not overwrite:
            raise RefExists(f"Reference {ref} already exists", ref=ref)
        check_ref_count(git)
        sha = _empty_commit(git, actor) if is_empty else git.resolve(start or "HEAD")
        moves = [RefMove(ref, before, sha)] if sha != before else []
        apply_ref_updates(actor, repo, git, moves)
        record(actor, RepoAction.BRANCH_CREATED, repo.address, branch=name, sha=sha)
    after_ref_updates(actor, repo, moves)
    return sha


def _empty_commit(git: GitRepo, actor: Actor) -> str:
    return git.write_commit(
        None, [AddFile(".gitattributes", DEFAULT_ATTRIBUTES.encode())], signature_of(actor), "initial commit"
    )


@transaction.atomic
def delete_branch(*, actor: Actor, address: Address, name: str) -> None:
    """Delete a branch other than the default one, as an admin.

    raises  RepoNotFound, Forbidden, RevisionNotFound, RefProtected
    """
    repo, git = _lock_repo(actor, address)
    ref = f"refs/heads/{name}"
    check_protected(actor, repo, git, [RefMove(ref, git.target(ref), None)])
    git.delete_branch(name)
    record(actor, RepoAction.BRANCH_DELETED, repo.address, branch=name)


@transaction.atomic
def create_tag(*, actor: Actor, address: Address, name: str, revision: str, message: str = "") -> str:
    """Create a tag at a revision and return its commit.

    raises  RepoNotFound, Forbidden, RevisionNotFound, BadRefName, RefExists
    """
    repo, git = _lock_repo(actor, address)
    sha = git.resolve(revision)
    check_protected(actor, repo, git, [RefMove(f"refs/tags/{name}", None, sha)])
    check_ref_count(git)
    git.create_tag(name, sha, message[:SUBJECT_LIMIT], signature_of(actor))
    record(actor, RepoAction.TAG_CREATED, repo.address, tag=name, sha=sha)
    return sha


@transaction.atomic
def delete_tag(*, actor: Actor, address: Address, name: str) -> None:
    """Delete a tag.

    raises  RepoNotFound, Forbidden, RevisionNotFound
    """
    repo, git = _lock_repo(actor, address)
    check_protected(actor, repo, git, [RefMove(f"refs/tags/{name}", git.target(f"refs/tags/{name}"), None)])
    git.delete_tag(name)
    record(actor, RepoAction.TAG_DELETED, repo.address, tag=name)


def squash_branch(*, actor: Actor, address: Address, branch: str, message: str) -> str:
    """Squash the history of a branch into one commit and return it.

    branch  short name, refs/heads/x, refs/pr/N or refs/convert/x
    raises  RepoNotFound, Forbidden, RevisionNotFound, CommitRefused, TooManyFiles
    """
    if not message.strip() or len(message) > SUBJECT_LIMIT:
        raise CommitRefused(
            _("A commit message must have 1 to %(limit)s characters.") % {"limit": SUBJECT_LIMIT}
        )
    with ref_update_transaction():
        repo, git = _lock_repo(actor, address)
        ref = (
            branch
            if branch.startswith(("refs/heads/", "refs/pr/", "refs/convert/"))
            else f"refs/heads/{branch}"
        )
        head = git.target(ref)
        if head is None:
            raise RevisionNotFound(f"Invalid rev id: {branch[:120]}")
        tree = git.tree_id(head)
        check_expansion(git, tree)
        sha = git.write_tree_commit(tree, [], signature_of(actor), message)
        moves = [RefMove(ref, head, sha)]
        apply_ref_updates(actor, repo, git, moves)
        record(actor, RepoAction.BRANCH_SQUASHED, repo.address, branch=branch, before=head, after=sha)
    after_ref_updates(actor, repo, moves)
    return sha
