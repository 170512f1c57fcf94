"""REST API: repositories and facets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import models
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.actor import Actor
from apps.core.errors import BadRequest
from apps.core.rest.body import invalid_parameter, query_choice, query_str, validated
from apps.core.rest.entity_tags import resource_tag
from apps.core.rest.schema import CURSOR, LIMIT, in_query, operation
from apps.core.rest.view import ApiView, actor_of, limit_of, no_content, page_response
from apps.core.web.policies import PUBLIC, requires

from ..addresses import Address, RepoKind
from ..models import Gating, Repo
from ..policies import REPO_ADMIN, REPO_SEE
from ..selectors import ORDERS, Filters, facets, list_in_order, parse_filters
from ..services.access_requests import set_gating
from ..services.delete import delete_repo
from ..services.rename import rename_repo
from ..services.settings import update_visibility
from .repo_view import ADDRESS, DIRECTION, is_ascending
from .shapes import Facets, RepoDetailSerializer, RepoMove, RepoPage, RepoSerializer, RepoUpdate

# query parameter -> field of Filters, and what it matches
EXACT_FILTERS = {
    "namespace": ("author", "Only repositories of this user or organization."),
    "task": ("task", "Only this task, such as text-generation."),
    "library": ("library", "Only this library, such as transformers."),
    "license": ("license", "Only this license, such as apache-2.0."),
    "language": ("language", "Only this language, such as en."),
    "base_model": ("base_model", "Only models derived from this one, by its `full_name`."),
    "dataset": ("dataset", "Only models trained on this dataset, by its `full_name`."),
}
BOUND = r"(min|max):[0-9]{1,6}(\.[0-9]{1,6})?[KMBTkmbt]?"
RANGE = rf"^{BOUND}(,{BOUND})*$"
FILTERS = [
    in_query("q", about="Words that the `full_name` must contain."),
    in_query("tag", about="Repeatable; all tags are required.", many=True),
    in_query(
        "parameters", {"type": "string", "pattern": RANGE}, "Number of parameters, such as min:6B,max:128B."
    ),
    *[in_query(name, about=about) for name, (_field, about) in EXACT_FILTERS.items()],
]


class RepoSort(models.TextChoices):
    """Property that a list of repositories is sorted by."""

    UPDATED_AT = "updated_at"
    CREATED_AT = "created_at"
    DOWNLOADS = "downloads"
    LIKES = "likes"
    PARAMETERS = "parameters"


# largest first
SORTS = {
    RepoSort.UPDATED_AT: ORDERS["updated"],
    RepoSort.CREATED_AT: ORDERS["created"],
    RepoSort.DOWNLOADS: ORDERS["downloads"],
    RepoSort.LIKES: ORDERS["likes"],
    RepoSort.PARAMETERS: ORDERS["most_parameters"],
}


# fields that change without a change of settings
VOLATILE = frozenset(
    """head_sha title description task library license languages base_models datasets tags parameters
    parameters_by_dtype size_bytes file_count downloads likes updated_at card config""".split()
)


def filters_of(request: Request) -> Filters:
    """Return the filters of a request (raises BadRequest)."""
    exact = {field: query_str(request, name) for name, (field, _about) in EXACT_FILTERS.items()}
    words, tags, size = (
        query_str(request, "q"),
        request.query_params.getlist("tag"),
        query_str(request, "parameters"),
    )
    try:
        return parse_filters(search=words, tags=tags, size=size, **exact)
    except BadRequest as refusal:
        raise invalid_parameter("parameters", refusal.message) from None


def order_of(request: Request) -> list[str]:
    """Return the fields to sort by (raises BadRequest)."""
    order = SORTS[RepoSort(query_choice(request, "sort", RepoSort.values) or RepoSort.UPDATED_AT)]
    return [name.removeprefix("-") for name in order] if is_ascending(request) else list(order)


def repo_path(repo: Repo) -> str:
    """Return the path of a repository in this API."""
    return f"/api/v1/repos/{repo.kind}/{repo.address.id}"


@requires(PUBLIC)
class RepoList(ApiView):
    @operation(
        "list_repos",
        "repos",
        RepoPage,
        params=[
            in_query("kind", RepoKind, "Only this kind. Default: all kinds."),
            *FILTERS,
            in_query("sort", RepoSort, "Property to sort by; unknown values come last. Default: updated_at."),
            DIRECTION,
            CURSOR,
            LIMIT,
        ],
    )
    def get(self, request: Request) -> Response:
        """List the repositories that you may see."""
        kind = query_choice(request, "kind", RepoKind.values)
        page = list_in_order(
            actor_of(request),
            [RepoKind(kind)] if kind else list(RepoKind),
            filters_of(request),
            order_of(request),
            cursor=query_str(request, "cursor"),
            limit=limit_of(request),
        )
        return page_response(page, RepoSerializer)


@requires(PUBLIC)
class FacetList(ApiView):
    @operation(
        "list_facets",
        "repos",
        Facets,
        params=[
            in_query("kind", RepoKind, "Kind of the counted repositories.", required=True),
            *FILTERS,
        ],
    )
    def get(self, request: Request) -> Response:
        """Count the repositories for each value of each facet, under the other filters.

        Counts are null if more than 10,000 repositories match the other filters.
        """
        kind = RepoKind(query_str(request, "kind"))
        found = facets(actor_of(request), kind, filters_of(request))
        values = {
            name: [{"value": value, "count": count} for value, count in counts]
            for name, counts in found.values.items()
        }
        return Response(Facets(values).data)


@requires(REPO_SEE, PATCH=REPO_ADMIN, DELETE=REPO_ADMIN)
class RepoDetail(ApiView):
    volatile = VOLATILE

    @operation("get_repo", "repos", RepoDetailSerializer, 404, params=ADDRESS)
    def get(self, request: Request, repo: Repo) -> Response:
        """Get a repository. Former names work too."""
        return Response(RepoDetailSerializer(repo).data)

    @operation("update_repo", "repos", RepoDetailSerializer, 404, body=RepoUpdate, params=ADDRESS)
    def patch(self, request: Request, repo: Repo) -> Response:
        """Change the visibility, gating or default branch of a repository."""
        given = validated(request, RepoUpdate)
        changes = {name: value for name, value in given.items() if value is not None}
        self.change(actor_of(request), repo.address, changes)
        repo.refresh_from_db()
        return Response(RepoDetailSerializer(repo).data)

    def change(self, actor: Actor, address: Address, data: Mapping[str, Any]) -> None:
        """Make the changes of a valid body; an app above adds those that it makes."""
        if "is_private" in data:
            update_visibility(actor=actor, address=address, is_private=data["is_private"])
        if "gating" in data:
            set_gating(actor=actor, address=address, gating=Gating(data["gating"]))

    @operation("delete_repo", "repos", None, 404, status=204, params=ADDRESS)
    def delete(self, request: Request, repo: Repo) -> Response:
        """Delete a repository. An administrator can restore it for 30 days."""
        delete_repo(actor=actor_of(request), address=repo.address)
        return no_content()


@requires(REPO_ADMIN)
class RepoMoving(ApiView):
    @operation("move_repo", "repos", RepoDetailSerializer, 404, 409, body=RepoMove, params=ADDRESS)
    def post(self, request: Request, repo: Repo) -> Response:
        """Rename or transfer a repository. The old name redirects to the new one."""
        data = validated(request, RepoMove)
        to = Address(
            repo.address.kind,
            data.get("namespace") or repo.address.namespace,
            data.get("name") or repo.address.name,
        )
        moved = rename_repo(actor=actor_of(request), address=repo.address, to=to)
        body = RepoDetailSerializer(moved).data
        tag = resource_tag(body, RepoDetail.volatile)
        return Response(body, headers={"Location": repo_path(moved), "ETag": tag})
