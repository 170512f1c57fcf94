"""REST API: repositories and facets."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.rest.body import query_choice, query_str, validated
from apps.core.rest.schema import CURSOR, LIMIT, in_query, operation
from apps.core.rest.view import ApiView, actor_of, limit_of, no_content, page_response
from apps.core.web.policies import PUBLIC, SIGNED_IN, requires
from apps.registry.contents.services.card import create_card
from apps.registry.contents.services.default_branch import set_default_branch
from apps.users.accounts.scopes import OAuthScope

from ..addresses import Address, RepoKind
from ..models import Gating, Repo
from ..policies import REPO_ADMIN, REPO_SEE
from ..selectors import ORDERS, Filters, facets, list_repos, search_words
from ..selectors.lists import parameter_range
from ..services.access_requests import set_gating
from ..services.create import create_repo
from ..services.delete import delete_repo
from ..services.rename import rename_repo
from ..services.settings import update_visibility
from .repo_view import ADDRESS
from .shapes import Facets, NewRepo, RepoChange, RepoDetailSerializer, RepoMove, RepoPage, RepoSerializer

# query parameter -> field of Filters
EXACT_FILTERS = {
    "author": "author",
    "task": "task",
    "library": "library",
    "licence": "license",
    "language": "language",
    "base_model": "base_model",
    "dataset": "dataset",
}
# facet -> name in the response, if it differs
FACET_NAMES = {"license": "licence"}
FILTERS = [
    in_query("kind", enum=RepoKind.values, about="Default: model."),
    in_query("search", about="Words that the address must contain."),
    in_query("tag", about="Repeatable; all tags are required.", many=True),
    in_query("size", about="Number of parameters, like min:6B,max:128B."),
    *[in_query(name) for name in EXACT_FILTERS],
]


def filters_of(request: Request) -> tuple[RepoKind, Filters]:
    """Return the kind and filters of a request (raises BadRequest)."""
    kind = query_choice(request, "kind", RepoKind.values) or RepoKind.MODEL.value
    exact: dict[str, Any] = {field: query_str(request, name) for name, field in EXACT_FILTERS.items()}
    low, high = parameter_range(query_str(request, "size")) if query_str(request, "size") else (None, None)
    tags = tuple(tag for tag in request.query_params.getlist("tag"))
    words = search_words(query_str(request, "search"))
    return RepoKind(kind), Filters(search=words, tags=tags, min_parameters=low, max_parameters=high, **exact)


def repo_address(repo: Repo) -> str:
    """Return the path of a repository in this API."""
    return f"/api/v1/repos/{repo.kind}/{repo.address.id}"


@requires(PUBLIC, POST=SIGNED_IN, scopes=(OAuthScope.MANAGE_REPOS,))
class RepoList(ApiView):
    @operation(
        "list_repos",
        "repos",
        RepoPage,
        params=[*FILTERS, in_query("order", enum=list(ORDERS), about="Default: updated."), CURSOR, LIMIT],
    )
    def get(self, request: Request) -> Response:
        """List the repositories that you may see."""
        kind, filters = filters_of(request)
        order = query_choice(request, "order", list(ORDERS)) or "updated"
        page = list_repos(
            actor_of(request),
            kind,
            filters,
            order=order,
            cursor=query_str(request, "cursor"),
            limit=limit_of(request),
        )
        return page_response(page, RepoSerializer)

    @operation("create_repo", "repos", RepoSerializer, 507, status=201, body=NewRepo)
    def post(self, request: Request) -> Response:
        """Create a repository. With a license or description, it starts with a card."""
        data, actor = validated(request, NewRepo), actor_of(request)
        address = Address(RepoKind(data["kind"]), data.get("namespace") or actor.name, data["name"])
        settings = {"sdk": data["sdk"]} if address.kind is RepoKind.SPACE else {}
        repo = create_repo(actor=actor, address=address, is_private=data["is_private"], settings=settings)
        repo = create_card(actor=actor, repo=repo, license=data["licence"], description=data["description"])
        return Response(RepoSerializer(repo).data, status=201, headers={"Location": repo_address(repo)})


@requires(PUBLIC)
class FacetList(ApiView):
    @operation("list_facets", "repos", Facets, params=FILTERS)
    def get(self, request: Request) -> Response:
        """Count the repositories for each value of each facet, under the other filters.

        Counts are null if more than 10,000 repositories match the other filters.
        """
        kind, filters = filters_of(request)
        found = facets(actor_of(request), kind, filters)
        return Response(
            {
                FACET_NAMES.get(name, name): [{"value": value, "count": count} for value, count in values]
                for name, values in found.values.items()
            }
        )


@requires(REPO_SEE, PATCH=REPO_ADMIN, DELETE=REPO_ADMIN)
class RepoDetail(ApiView):
    @operation("get_repo", "repos", RepoDetailSerializer, 404, params=ADDRESS)
    def get(self, request: Request, repo: Repo) -> Response:
        """Get a repository. Former addresses work too."""
        return Response(RepoDetailSerializer(repo).data)

    @operation("update_repo", "repos", RepoDetailSerializer, 404, body=RepoChange, params=ADDRESS)
    def patch(self, request: Request, repo: Repo) -> Response:
        """Change the visibility, gating or default branch of a repository."""
        actor = actor_of(request)
        data = validated(request, RepoChange)
        if "default_branch" in data:
            set_default_branch(actor=actor, address=repo.address, name=data["default_branch"])
        if "is_private" in data:
            update_visibility(actor=actor, address=repo.address, is_private=data["is_private"])
        if "gating" in data:
            set_gating(actor=actor, address=repo.address, gating=Gating(data["gating"]))
        repo.refresh_from_db()
        return Response(RepoDetailSerializer(repo).data)

    @operation("delete_repo", "repos", None, 404, status=204, params=ADDRESS)
    def delete(self, request: Request, repo: Repo) -> Response:
        """Delete a repository. An administrator can restore it for 30 days."""
        delete_repo(actor=actor_of(request), address=repo.address)
        return no_content()


@requires(REPO_ADMIN)
class RepoMoving(ApiView):
    @operation("move_repo", "repos", RepoSerializer, 404, body=RepoMove, params=ADDRESS)
    def post(self, request: Request, repo: Repo) -> Response:
        """Rename or transfer a repository. The old address redirects to the new one."""
        data = validated(request, RepoMove)
        to = Address(
            repo.address.kind,
            data.get("namespace") or repo.address.namespace,
            data.get("name") or repo.address.name,
        )
        moved = rename_repo(actor=actor_of(request), address=repo.address, to=to)
        return Response(RepoSerializer(moved).data, headers={"Location": repo_address(moved)})
