"""REST API: the parameters of every path below a repository's address, and its revision."""

from __future__ import annotations

from django.db import models
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from apps.core.rest.body import query_choice, query_str
from apps.core.rest.schema import in_path, in_query
from apps.registry.gitstore import GitRepo

from ..addresses import RepoKind
from ..models import Repo
from ..selectors import git_of


class SortDirection(models.TextChoices):
    """Direction of a sorted list."""

    ASC = "asc"
    DESC = "desc"


KIND = in_path("kind", "Kind of repository.", enum=RepoKind.values)
NAMESPACE = in_path("namespace", "User or organization that owns the repository.")
NAME = in_path("name", "Name of the repository; former names work too.")
ADDRESS: tuple[OpenApiParameter, ...] = (KIND, NAMESPACE, NAME)
DIRECTION = in_query("direction", SortDirection, "Default: desc.")
REVISION = in_query("revision", about="A branch, tag, commit or full ref. Default: the default branch.")


def open_revision(request: Request, repo: Repo) -> tuple[GitRepo, str]:
    """Return the git folder of a repository, and the commit of the requested revision.

    raises  RepositoryMissing, RevisionNotFound
    """
    git = git_of(repo)
    return git, git.resolve(query_str(request, "revision") or repo.default_branch)


def is_ascending(request: Request) -> bool:
    """Return whether a list is sorted upwards (raises BadRequest)."""
    return query_choice(request, "direction", SortDirection.values) == SortDirection.ASC
