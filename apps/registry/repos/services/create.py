"""Creating repositories: the row, the git folder, the first commit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.actor import Actor, Need
from apps.core.audit.services import record
from apps.registry.gitstore import AddFile, GitRepo
from apps.registry.gitstore.attributes import DEFAULT_ATTRIBUTES
from apps.toolchain.jobs.services.outputs import adopt_output
from apps.users.accounts.models import Namespace

from ..access import namespace_for
from ..addresses import Address, RepoKind
from ..announcements import announce_repo
from ..audit import RepoAction
from ..errors import NameTaken
from ..kinds import labels_of
from ..models import Repo, RepoRedirect
from ..names import check_repo_name
from ..selectors.files import git_store, signature_of
from .counting import count_repo

FIRST_COMMIT = "initial commit"


@transaction.atomic
def create_repo(
    *, actor: Actor, address: Address, is_private: bool | None = None, settings: dict[str, Any] | None = None
) -> Repo:
    """Create a repository with a first commit that holds the LFS rules.

    is_private  None for the default of the namespace
    settings    specific to the kind, such as the `sdk` of an application
    raises      Unauthenticated, Forbidden, BadName, NameTaken with the fact `existing_url`
    """
    repo = add_repo(actor, address, is_private, settings or {})
    count_repo(repo)
    return repo


def add_repo(
    actor: Actor,
    address: Address,
    is_private: bool | None,
    settings: dict[str, Any],
    files: Sequence[AddFile] = (),
) -> Repo:
    """Create a repository that the caller counts at the end of the transaction.

    files   checked files that the first commit holds too
    raises  as create_repo, BadPath if two files cannot stand side by side
    """
    namespace = namespace_for(actor, address.namespace, Need.CONTRIBUTE, address)
    check_repo_name(address.name)
    private = namespace.is_private_by_default if is_private is None else is_private
    repo = Repo(
        kind=address.kind,
        namespace=namespace,
        name=address.name,
        is_private=private,
        created_by_id=actor.user_id,
    )
    repo.settings = settings
    _save_new(repo)
    try:
        _init_git(repo, actor, files)
        if actor.job_id:
            adopt_output(
                actor.job_id,
                kind=repo.kind,
                address=repo.address.id,
                repo_key=repo.id,
                is_public=not repo.is_private,
            )
        announce_repo(repo, actor)
        record(actor, RepoAction.REPO_CREATED, repo.address, repo=str(repo.id), is_private=repo.is_private)
    except BaseException:
        git_store().delete(repo.id)
        raise
    return repo


def _save_new(repo: Repo) -> None:
    try:
        with transaction.atomic():
            repo.save()
    except IntegrityError:
        raise name_taken(repo.kind, repo.namespace, repo.name) from None
    RepoRedirect.objects.filter(kind=repo.kind, address_key=repo.address_key).delete()


def name_taken(kind: str, namespace: Namespace, name: str) -> NameTaken:
    """Return the refusal of a name in use, with the URL of the existing repository."""
    existing = (
        Repo.objects.select_related("namespace")
        .filter(kind=kind, namespace=namespace, key=name.casefold(), deleted_at=None)
        .first()
    )
    address = existing.address if existing else Address(RepoKind(kind), namespace.name, name)
    message = _("A %(kind)s repository called %(name)s already exists") % {
        "kind": _(labels_of(kind).noun),
        "name": address.id,
    }
    return NameTaken(message, existing_url=f"/{address.path}")


def _init_git(repo: Repo, actor: Actor, added: Sequence[AddFile]) -> GitRepo:
    git = git_store().create(repo.id, repo.default_branch)
    files = list({file.path: file for file in [*_first_files(repo), *added]}.values())
    sha = git.write_commit(None, files, signature_of(actor), FIRST_COMMIT)
    git.move_ref(f"refs/heads/{repo.default_branch}", None, sha)
    repo.head, repo.file_count, repo.updated_at = sha, len(files), timezone.now()
    repo.size_bytes = repo.regular_bytes = sum(file.size for file in files)
    repo.save(update_fields=["head", "file_count", "size_bytes", "regular_bytes", "updated_at"])
    return git


def _first_files(repo: Repo) -> list[AddFile]:
    """Return the files of the first commit; an application also gets a card that names its SDK."""
    files = [AddFile(".gitattributes", DEFAULT_ATTRIBUTES.encode())]
    if repo.kind == RepoKind.SPACE:
        card = f"---\ntitle: {repo.name}\nsdk: {repo.settings.get('sdk', 'static')}\n---\n"
        files.append(AddFile("README.md", card.encode()))
    return files
