"""Duplicating repositories, and sharing large files between two."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction

from apps.core.actor import Actor, Need
from apps.core.audit.services import record
from apps.registry.blobs.errors import MissingObject
from apps.registry.blobs.selectors import objects_for
from apps.registry.blobs.services import UploadContext, share_object
from apps.registry.gitstore import GitRepo, RefMove
from apps.registry.gitstore.copying import copy_tree
from apps.registry.repos.access import repo_for
from apps.registry.repos.addresses import Address
from apps.registry.repos.audit import RepoAction
from apps.registry.repos.models import Repo
from apps.registry.repos.selectors.files import git_of, git_store, signature_of
from apps.registry.repos.services.counting import count_repo
from apps.registry.repos.services.create import add_repo

from ..revision_limits import check_expansion
from .large import link_large
from .quota import check_quota
from .ref_updates import after_ref_updates


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A large file of the source repository.

    xet_hash  expected Xet hash, or empty
    """

    sha256: str
    xet_hash: str = ""


def duplicate_repo(*, actor: Actor, address: Address, to: Address, is_private: bool | None = None) -> Repo:
    """Create a repository with the files of another in one commit, without the history.

    is_private  None for private if the source is private or gated, otherwise the namespace's default
    raises      RepoNotFound, Forbidden, BadName, NameTaken with the fact `existing_url`, OverQuota,
                MissingObject, TooManyFiles
    """
    source = repo_for(actor, address)
    git = git_of(source)
    head = git.find("HEAD")
    hidden = True if is_private is None and (source.is_private or source.gating) else is_private
    settings = {name: source.settings[name] for name in ("sdk",) if name in source.settings}
    with transaction.atomic():
        repo = add_repo(actor, to, hidden, settings)
        try:
            check_quota(repo, source.size_bytes)
            moves = [_copy_head(actor, source, git, head, repo)] if head else []
            count_repo(repo, within_limit=True)
        except BaseException:
            git_store().delete(repo.id)
            raise
        record(actor, RepoAction.REPO_DUPLICATED, repo.address, repo=str(repo.id), source=str(source.id))
    return after_ref_updates(actor, repo, moves)


def _copy_head(actor: Actor, source: Repo, git: GitRepo, head: str, repo: Repo) -> RefMove:
    """Commit the source's files to the new repository and share its large files."""
    target, tree = git_of(repo), git.tree_id(head)
    check_expansion(git, tree)
    copy_tree(git, target, tree)
    large = {
        entry.pointer.oid: entry.pointer.size for entry in git.tree(head, recursive=True) if entry.pointer
    }
    for sha256 in sorted(large):
        share_object(source.pk, UploadContext(repo.pk, actor.user_id), sha256, counted=False)
    link_large(repo, large.items())
    sha = target.write_tree_commit(tree, [], signature_of(actor), f"Duplicate from {source.address.id}")
    move = RefMove(f"refs/heads/{repo.default_branch}", repo.head, sha)
    target.move_refs([move])
    repo.head = sha
    repo.save(update_fields=["head"])
    return move


def share_files(
    *, actor: Actor, address: Address, to: Address, files: Iterable[SourceFile]
) -> list[tuple[SourceFile, str]]:
    """Share large files with another repository, ahead of a commit that adds them.

    returns  the files that could not be shared, each with the reason
    raises   RepoNotFound for either repository, Forbidden, OverQuota
    """
    source, target = repo_for(actor, address), repo_for(actor, to, Need.WRITE)
    wanted = {file.sha256: file for file in files}
    available, present = objects_for(source.pk, wanted), objects_for(target.pk, wanted)
    # only committed objects count: the refusal must not reveal uncommitted ones
    check_quota(
        target,
        sum(one.size for sha256, one in available.items() if one.committed_at and sha256 not in present),
    )
    failed = []
    for file in wanted.values():
        try:
            share_object(
                source.pk,
                UploadContext(target.pk, actor.user_id),
                file.sha256,
                xet_hash=file.xet_hash or None,
            )
        except MissingObject as refusal:
            failed.append((file, refusal.message))
    return failed
