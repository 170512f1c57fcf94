"""Policies of releases: they open the release or the file of the URL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from apps.core.actor import Need
from apps.core.web.http import HubRequest
from apps.core.web.policies import Policy
from apps.toolchain.packages.access import project_for
from apps.toolchain.packages.errors import ProjectNotFound
from apps.toolchain.packages.models import Project
from apps.toolchain.packages.names import project_key
from apps.toolchain.packages.policies import check_reader

from .access import asset_for, release_for
from .models import Asset, Release


def _opener(need: Need) -> Callable[..., Release]:
    def open_release(request: HubRequest, *, project: str, tag: str, lock: bool = False) -> Release:
        return release_for(request.actor, project, tag, need, lock=lock)

    return open_release


def _open_asset(request: HubRequest, *, project: str, tag: str, filename: str) -> Asset:
    return asset_for(request.actor, project_key(project), tag, filename)


def _open_owned(request: HubRequest, *, owner: str, project: str) -> Project:
    """Return a project by its owner and name (raises ProjectNotFound)."""
    found = project_for(request.actor, project)
    if found.namespace.key != owner.casefold():
        raise ProjectNotFound
    return found


OPEN: dict[str, Any] = {"admits_anonymous": True, "admits_applications": True, "check": check_reader}
IN_PROJECT: dict[str, Any] = {"takes": ("project", "tag"), "gives": "release"}
RELEASE_READ = Policy(
    "release-read",
    "everyone who may see the release",
    open=_opener(Need.READ),
    need=Need.READ,
    **IN_PROJECT,
    **OPEN,
)
RELEASE_WRITE = Policy(
    "release-write",
    "maintainers of the release's project",
    open=_opener(Need.WRITE),
    need=Need.WRITE,
    **IN_PROJECT,
)
RELEASE_FILE = Policy(
    "release-file",
    "everyone who may download the release's files",
    open=_open_asset,
    takes=("project", "tag", "filename"),
    gives="asset",
    need=Need.READ,
    **OPEN,
)
OWNED_PROJECT = Policy(
    "package-by-owner",
    "everyone who may see the project, by its owner and name",
    open=_open_owned,
    takes=("owner", "project"),
    gives="project",
    need=Need.READ,
    **OPEN,
)
POLICIES = [RELEASE_READ, RELEASE_WRITE, RELEASE_FILE, OWNED_PROJECT]
