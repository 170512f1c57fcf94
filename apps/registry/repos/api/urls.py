"""URLs of the REST API of repositories."""

from django.urls import path

from apps.registry.contents.api import commits, files, refs
from apps.registry.storage.api import large
from apps.registry.training.api import orders

from .. import converters as converters
from . import access, relations, repos, search

REPO = "api/v1/repos/<str:kind>/<ns:namespace>/<name:name>"

urlpatterns = [
    path("api/v1/jobs", orders.JobOrders.as_view(), name="api_jobs"),
    path("api/v1/search", search.Search.as_view(), name="api_search"),
    path("api/v1/storage/<namespace:name>", large.Storage.as_view(), name="api_storage"),
    path("api/v1/facets", repos.FacetList.as_view(), name="api_facets"),
    path("api/v1/repos", repos.RepoList.as_view(), name="api_repos"),
    path(REPO, repos.RepoDetail.as_view(), name="api_repo"),
    path(f"{REPO}/move", repos.RepoMoving.as_view(), name="api_repo_move"),
    path(f"{REPO}/access-requests", access.AccessRequests.as_view(), name="api_access_requests"),
    path(f"{REPO}/access-requests/<ns:person>", access.OneAccessRequest.as_view(), name="api_access_request"),
    path(f"{REPO}/tree", files.Tree.as_view(), name="api_tree"),
    path(f"{REPO}/files/<rpath:path>", files.File.as_view(), name="api_file"),
    path(f"{REPO}/commits", commits.Commits.as_view(), name="api_commits"),
    path(f"{REPO}/commits/<rev:sha>", commits.Commit.as_view(), name="api_commit"),
    path(f"{REPO}/commits/<rev:sha>/changes", commits.CommitChanges.as_view(), name="api_commit_changes"),
    path(f"{REPO}/compare", commits.Comparison.as_view(), name="api_compare"),
    path(f"{REPO}/branches", refs.Branches.as_view(), name="api_branches"),
    path(f"{REPO}/branches/<rpath:branch>", refs.Branch.as_view(), name="api_branch"),
    path(f"{REPO}/tags", refs.Tags.as_view(), name="api_tags"),
    path(f"{REPO}/tags/<rpath:tag>", refs.Tag.as_view(), name="api_tag"),
    path(f"{REPO}/squash", refs.Squashing.as_view(), name="api_squash"),
    path(f"{REPO}/protection", refs.Protections.as_view(), name="api_protection"),
    path(f"{REPO}/large-files", large.LargeFileList.as_view(), name="api_large_files"),
    path(f"{REPO}/large-files/purge", large.Purge.as_view(), name="api_purge"),
    path(f"{REPO}/relations", relations.RelationList.as_view(), name="api_relations"),
    path(f"{REPO}/descendants", relations.Descendants.as_view(), name="api_descendants"),
    path(f"{REPO}/lineage", relations.LineageGraph.as_view(), name="api_lineage"),
    path(f"{REPO}/rows", relations.Rows.as_view(), name="api_rows"),
]
