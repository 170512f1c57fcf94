"""Creating a repository whose first commit holds given files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.core.actor import Actor
from apps.registry.formats.cards.licenses import LICENSES
from apps.registry.gitstore import AddFile, AddLarge
from apps.registry.gitstore.paths import check_path
from apps.registry.repos.addresses import Address, RepoKind
from apps.registry.repos.selectors.files import git_of, git_store
from apps.registry.repos.services.counting import count_repo
from apps.registry.repos.services.create import add_repo

from ..errors import CommitRefused
from ..revision_limits import check_expansion
from .card import card_text
from .checks import CARD, check_added_files
from .commit import CommitResult
from .derive import refresh_derived
from .large import render_pointer, uploaded_size
from .warnings import Warnings, added_name_problems

FILES_LIMIT = 100


def create_repo_with_files(
    *,
    actor: Actor,
    address: Address,
    files: Sequence[AddFile] = (),
    license: str = "",
    is_private: bool | None = None,
    settings: dict[str, Any] | None = None,
) -> CommitResult:
    """Create a repository; its first commit holds the files, and a card that names the license.

    A card among the files is kept as it is. A refusal leaves no repository behind.

    raises  as create_repo, BadPath, TooLarge, OverQuota, CommitRefused
    """
    settings = settings or {}
    warnings = Warnings()
    checked = _checked(address, files, license, settings, warnings)
    with transaction.atomic():
        repo = add_repo(actor, address, is_private, settings, checked)
        try:
            git = git_of(repo)
            check_expansion(git, git.tree_id(repo.head))
            count_repo(repo, within_limit=bool(checked))
        except BaseException:
            git_store().delete(repo.id)
            raise
    for problems in added_name_problems(git, None, repo.head, [file.path for file in checked]):
        warnings.add_names(problems)
    ref = f"refs/heads/{repo.default_branch}"
    derived = refresh_derived(repo) if checked else repo
    return CommitResult(repo.head, derived, ref, tuple(warnings.sentences()))


def _checked(
    address: Address,
    files: Sequence[AddFile],
    license: str,
    settings: dict[str, Any],
    warnings: Warnings,
) -> list[AddFile]:
    """Return the files with their paths in stored form, and the card of the license."""
    if len(files) > FILES_LIMIT:
        message = _("A repository can be created with at most %(limit)s files. Commit the others to it.")
        raise CommitRefused(message % {"limit": FILES_LIMIT})
    checked = [AddFile(check_path(file.path), file.content) for file in files]
    paths = {file.path for file in checked}
    if len(paths) != len(checked):
        raise CommitRefused(_("Two files have the same name."))
    if license and license not in LICENSES:
        raise CommitRefused(_("%(license)s is not a known license.") % {"license": license[:100]})
    if license and CARD not in paths:
        metadata = {"title": address.name, **settings} if address.kind is RepoKind.SPACE else {}
        text = card_text(address.name, {**metadata, "license": license})
        checked.append(AddFile(CARD, text.encode()))
    for change in map(render_pointer, checked):
        if isinstance(change, AddLarge):
            uploaded_size({}, change.path, change.sha256, change.size)
    check_added_files(checked, address.kind, warnings)
    return checked
