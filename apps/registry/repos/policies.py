"""Policies of repository views: they open the repository of the URL with the access that they name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from apps.core.actor import ActorKind, Need
from apps.core.errors import NotFound
from apps.core.web.http import HubRequest
from apps.core.web.policies import SESSION, SIGNED_IN, Policy
from apps.users.accounts.access import check_person

from .access import access_request_of, repo_for
from .addresses import KINDS_BY_PLURAL, Address, RepoKind
from .models import AccessRequest, Repo

ADDRESS = ("kind", "namespace", "name")


def address_in_url(namespace: str, name: str, kind: str | None = None) -> Address:
    """Return the address in a URL, which names the kind by its singular, its plural or not at all (a model).

    raises  NotFound for an unknown kind
    """
    if kind is None:
        return Address(RepoKind.MODEL, namespace, name)
    if kind in KINDS_BY_PLURAL:
        return Address(KINDS_BY_PLURAL[kind], namespace, name)
    if kind not in RepoKind.values:
        raise NotFound(_("Unknown kind of repository."))
    return Address(RepoKind(kind), namespace, name)


def _opener(need: Need) -> Callable[..., Repo]:
    def open_repo(request: HubRequest, *, lock: bool = False, **address: Any) -> Repo:
        return repo_for(request.actor, address_in_url(**address), need, lock=lock)

    return open_repo


def _policy(name: str, words: str, need: Need, **options: Any) -> Policy:
    facts = {"open": _opener(need), "takes": ADDRESS, "gives": "repo", "need": need, **options}
    return Policy(name, words, admits_applications=True, **facts)


REPO_SEE = _policy("repo-see", "everyone who may see the repository", Need.SEE, admits_anonymous=True)
REPO_READ = _policy("repo-read", "readers of the repository's files", Need.READ, admits_anonymous=True)
REPO_WRITE = _policy("repo-write", "writers of the repository", Need.WRITE)
REPO_ADMIN = _policy("repo-admin", "admins of the repository", Need.ADMIN)


def _open_for_person(request: HubRequest, **address: Any) -> Repo:
    repo: Repo = REPO_SEE.open_for(request, address)
    check_person(request.actor)
    return repo


ACCESS_REQUEST = Policy(
    "access-request",
    "everyone who may see the repository, in a browser session",
    admits_applications=True,
    credentials=(SESSION,),
    open=_open_for_person,
    takes=ADDRESS,
    gives="repo",
    need=Need.SEE,
)


def _open_access_request(
    request: HubRequest, *, person: str, lock: bool = False, **address: Any
) -> AccessRequest:
    actor = request.actor
    is_own = actor.kind in (ActorKind.PERSON, ActorKind.TOKEN) and actor.name.casefold() == person.casefold()
    policy = REPO_SEE if is_own and not actor.is_application else REPO_ADMIN
    return access_request_of(policy.open_for(request, address, lock=lock), person)


ACCESS_REQUEST_READ = Policy(
    "access-request-read",
    "admins of the repository, and the person who requested access",
    admits_applications=True,
    open=_open_access_request,
    takes=(*ADDRESS, "person"),
    gives="access_request",
    need=Need.ADMIN,
)
REPO_ORDER = Policy(
    "repo-order",
    "signed-in readers of the repository's files",
    check=SIGNED_IN.check,
    open=REPO_READ.open,
    takes=ADDRESS,
    gives="repo",
    need=Need.READ,
)
POLICIES = [REPO_SEE, REPO_READ, REPO_WRITE, REPO_ADMIN, ACCESS_REQUEST, ACCESS_REQUEST_READ, REPO_ORDER]
