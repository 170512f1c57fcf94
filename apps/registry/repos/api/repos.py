"""REST API: repositories and facets."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.rest.body import query_choice, query_str, validated
from apps.core.rest.schema import CURSOR, LIMIT, in_query, operation
from apps.core.rest.view import ApiView, actor_of, limit_of, no_content, page_response
from apps.core.web.policies import PUBLIC, requires

from ..addresses import Address, RepoKind
from ..models import Repo
from ..policies import REPO_ADMIN, REPO_SEE
from ..selectors import ORDERS, Filters, facets, list_repos, parse_filters
from ..services.delete import delete_repo
from ..services.rename import rename_repo
from .repo_view import ADDRESS
from .shapes import Facets, RepoDetailSerializer, RepoMove, RepoPage, RepoSerializer

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
    exact = {field: query_str(request, name) for name, field in EXACT_FILTERS.items()}
    filters = parse_filters(
        search=query_str(request, "search"),
        size=query_str(request, "size"),
        tags=request.query_params.getlist("tag"),
        **exact,
    )
    return RepoKind(kind), filters


def repo_address(repo: Repo) -> str:
    """Return the path of a repository in this API."""
    return f"/api/v1/repos/{repo.kind}/{repo.address.id}"


@requires(PUBLIC)
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


@requires(REPO_SEE, DELETE=REPO_ADMIN)
class RepoDetail(ApiView):
    @operation("get_repo", "repos", RepoDetailSerializer, 404, params=ADDRESS)
    def get(self, request: Request, repo: Repo) -> Response:
        """Get a repository. Former addresses work too."""
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
