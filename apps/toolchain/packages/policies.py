"""Policies of the package index: they open the project of the URL with the access that they name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpResponse, HttpResponsePermanentRedirect

from apps.core.actor import Actor, Need
from apps.core.errors import Unauthenticated
from apps.core.web.http import HubRequest
from apps.core.web.policies import Policy
from apps.toolchain.upstream.errors import UpstreamNotFound
from apps.toolchain.upstream.models import UpstreamFile, UpstreamPage
from apps.toolchain.upstream.services.files import file_of

from .access import file_for, indexed_project, listed_project, project_for, upstream_for
from .models import Project, ProjectFile
from .names import project_key


def check_reader(actor: Actor) -> None:
    """raises  Unauthenticated, for anonymous users if the index is not for them"""
    if not settings.PACKAGES_ANONYMOUS and not actor.is_signed_in:
        raise Unauthenticated


def check_uploader(actor: Actor) -> None:
    """raises  Unauthenticated"""
    if not actor.is_signed_in:
        raise Unauthenticated("Send an access token as the password of the user __token__.")


def _opener(need: Need) -> Callable[..., Project]:
    def open_project(request: HubRequest, *, project: str, lock: bool = False) -> Project:
        return project_for(request.actor, project, need, lock=lock)

    return open_project


def _policy(name: str, words: str, need: Need, **options: Any) -> Policy:
    facts = {"open": _opener(need), "takes": ("project",), "gives": "project", "need": need, **options}
    return Policy(name, words, **facts)


def _open_listed(request: HubRequest, *, project: str) -> Project | HttpResponse:
    """Return the project, or the redirect to its normalized name."""
    found = listed_project(request.actor, project)
    return found if project == found.key else _to_key(request, found.key)


def _to_key(request: HubRequest, key: str) -> HttpResponse:
    folder = request.path.strip("/").partition("/")[0]
    rest = "/json" if folder == "pypi" else "/"
    query = request.META.get("QUERY_STRING", "")
    return HttpResponsePermanentRedirect(f"/{folder}/{key}{rest}{'?' if query else ''}{query}")


def _open_indexed(request: HubRequest, *, project: str) -> Project | UpstreamPage | HttpResponse:
    """Return the project, that of the upstream index, or the redirect to its normalized name."""
    found = indexed_project(request.actor, project)
    return found if project == found.key else _to_key(request, found.key)


def _open_upstream_file(request: HubRequest, *, project: str, filename: str) -> UpstreamFile:
    page = upstream_for(project_key(project))
    if page is None:
        raise UpstreamNotFound
    return file_of(page, filename)


def _open_file(request: HubRequest, *, project: str, filename: str) -> ProjectFile:
    return file_for(request.actor, project_key(project), filename)


OPEN: dict[str, Any] = {"admits_anonymous": True, "admits_applications": True, "check": check_reader}
INDEX = Policy("package-index", "everyone, or everyone who signs in, as the site is set up", **OPEN)
INDEX_PROJECT = Policy(
    "package-index-project",
    "everyone who may see the project, by an installer",
    open=_open_listed,
    takes=("project",),
    gives="project",
    need=Need.READ,
    **OPEN,
)
INDEX_ENTRY = Policy(
    "package-index-entry",
    "everyone who may see the project, or that of the upstream index",
    open=_open_indexed,
    takes=("project",),
    gives="project",
    need=Need.READ,
    **OPEN,
)
UPSTREAM_FILE = Policy(
    "package-upstream-file",
    "everyone who may use the index: files of the upstream index",
    open=_open_upstream_file,
    takes=("project", "filename"),
    gives="file",
    need=Need.READ,
    **OPEN,
)
PROJECT_FILE = Policy(
    "package-file",
    "everyone who may download the project's files",
    open=_open_file,
    takes=("project", "filename"),
    gives="file",
    need=Need.READ,
    **OPEN,
)
PACKAGE_UPLOAD = Policy("package-upload", "people who may publish, by access token", check=check_uploader)
PROJECT_READ = _policy("package-read", "everyone who may see the project", Need.READ, **OPEN)
PROJECT_WRITE = _policy("package-write", "maintainers of the project", Need.WRITE)
PROJECT_ADMIN = _policy("package-admin", "admins of the project", Need.ADMIN)
POLICIES = [
    INDEX,
    INDEX_PROJECT,
    INDEX_ENTRY,
    UPSTREAM_FILE,
    PROJECT_FILE,
    PACKAGE_UPLOAD,
    PROJECT_READ,
    PROJECT_WRITE,
    PROJECT_ADMIN,
]
