"""Uploads from a browser: regular files go into git, large ones into object storage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from apps.core.actor import Actor, Need
from apps.registry.blobs.services import UploadContext, store_blob
from apps.registry.gitstore import AddFile, AddLarge
from apps.registry.gitstore.attributes import DEFAULT_ATTRIBUTES, SAMPLE_BYTES, upload_mode
from apps.registry.gitstore.paths import check_path
from apps.registry.repos.access import repo_for
from apps.registry.repos.addresses import Address
from apps.registry.repos.selectors.files import git_of

from ..errors import CommitRefused
from .commit import CommitResult, commit_changes
from .quota import check_quota

BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """A fully received file.

    path    in the repository
    spool   temporary file with its content
    sha256  hex
    """

    path: str
    spool: Path
    size: int
    sha256: str


def upload_files(
    *,
    actor: Actor,
    address: Address,
    branch: str,
    files: Sequence[ReceivedFile],
    message: str,
    description: str = "",
    parent: str | None = None,
) -> CommitResult:
    """Commit received files, all or none; the .gitattributes of the branch decide which are large.

    raises  as commit_changes
    """
    repo = repo_for(actor, address, Need.WRITE)
    if not files:
        raise CommitRefused(_("Choose at least one file."))
    paths = [check_path(file.path) for file in files]
    if len(set(paths)) != len(paths):
        raise CommitRefused(_("Two files have the same name."))
    check_quota(repo, sum(file.size for file in files))
    git = git_of(repo)
    head = git.find(branch)
    rules = (git.read_file(head, ".gitattributes", 1 << 20) if head else None) or DEFAULT_ATTRIBUTES.encode()
    context = UploadContext(repo.pk, actor.user_id)
    changes = [_change(context, file, rules.decode(errors="replace")) for file in files]
    return commit_changes(
        actor=actor,
        address=address,
        branch=branch,
        changes=changes,
        message=message,
        description=description,
        parent=parent,
    )


def _change(context: UploadContext, file: ReceivedFile, rules: str) -> AddFile | AddLarge:
    with file.spool.open("rb") as spool:
        sample = spool.read(SAMPLE_BYTES)
    if (
        upload_mode(file.path, file.size, sample, rules, regular_limit=settings.REGULAR_FILE_LIMIT_BYTES)
        == "regular"
    ):
        return AddFile(file.path, file.spool)
    store_blob(context, sha256=file.sha256, size=file.size, blocks=_blocks(file.spool))
    return AddLarge(file.path, file.sha256, file.size)


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            yield block
