"""URLs of the REST API."""

from django.urls import path

from ..routes import API_REPO
from . import access, relations, repos, search

urlpatterns = [
    path("api/v1/search", search.Search.as_view(), name="api_search"),
    path("api/v1/facets", repos.FacetList.as_view(), name="api_facets"),
    path(f"{API_REPO}/move", repos.RepoMoving.as_view(), name="api_repo_move"),
    path(f"{API_REPO}/access-requests", access.AccessRequests.as_view(), name="api_access_requests"),
    path(
        f"{API_REPO}/access-requests/<ns:person>",
        access.OneAccessRequest.as_view(),
        name="api_access_request",
    ),
    path(f"{API_REPO}/relations", relations.RelationList.as_view(), name="api_relations"),
    path(f"{API_REPO}/descendants", relations.Descendants.as_view(), name="api_descendants"),
]
