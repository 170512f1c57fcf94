"""Downloads of all files of a revision."""

from __future__ import annotations

from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from apps.core.errors import NotFound
from apps.core.web.http import HubRequest
from apps.registry.repos.models import Repo
from apps.registry.repos.policies import REPO_READ
from apps.registry.repos.selectors import git_of
from apps.registry.repos.views.repo_page import repo_page

from ..previews.archive import check_complete, tar_of
from ..revision_limits import check_expansion

SUFFIX = ".tar"


@repo_page(REPO_READ)  # type: ignore[arg-type]
@require_safe
def archive(request: HubRequest, repo: Repo, path: str) -> StreamingHttpResponse:
    """Stream a tar of all files of a revision, large files included."""
    if not path.endswith(SUFFIX):
        raise NotFound
    revision, git = path.removesuffix(SUFFIX), git_of(repo)
    commit = git.commit(git.resolve(revision))
    check_expansion(git, git.tree_id(commit.sha))
    check_complete(repo, git, commit.sha)
    folder = f"{repo.name}-{revision.replace('/', '-')}"
    response = StreamingHttpResponse(tar_of(repo, git, commit, folder), content_type="application/x-tar")
    response["Content-Disposition"] = content_disposition_header(True, f"{folder}{SUFFIX}") or "attachment"
    response["X-Repo-Commit"] = commit.sha
    return response
