"""URLs of the REST API."""

from django.urls import path

from apps.registry.repos.routes import API_REPO

from . import commits, files, refs, repos, rows

urlpatterns = [
    path("api/v1/repos", repos.RepoList.as_view(), name="api_repos"),
    path(API_REPO, repos.RepoDetail.as_view(), name="api_repo"),
    path(f"{API_REPO}/tree", files.Tree.as_view(), name="api_tree"),
    path(f"{API_REPO}/files/<rpath:path>", files.File.as_view(), name="api_file"),
    path(f"{API_REPO}/commits", commits.Commits.as_view(), name="api_commits"),
    path(f"{API_REPO}/commits/<rev:sha>", commits.Commit.as_view(), name="api_commit"),
    path(f"{API_REPO}/commits/<rev:sha>/changes", commits.CommitChanges.as_view(), name="api_commit_changes"),
    path(f"{API_REPO}/compare", commits.RevisionComparison.as_view(), name="api_compare"),
    path(f"{API_REPO}/branches", refs.Branches.as_view(), name="api_branches"),
    path(f"{API_REPO}/branches/<rpath:branch>", refs.Branch.as_view(), name="api_branch"),
    path(f"{API_REPO}/tags", refs.Tags.as_view(), name="api_tags"),
    path(f"{API_REPO}/tags/<rpath:tag>", refs.Tag.as_view(), name="api_tag"),
    path(f"{API_REPO}/squash", refs.Squashing.as_view(), name="api_squash"),
    path(f"{API_REPO}/protection", refs.Protections.as_view(), name="api_protection"),
    path(f"{API_REPO}/rows", rows.Rows.as_view(), name="api_rows"),
]
