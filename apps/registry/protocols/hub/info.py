"""The description of one repository."""

from __future__ import annotations

from django.db.models import Count
from django.http import HttpResponse, JsonResponse

from apps.core.web.http import HubRequest
from apps.core.web.policies import requires
from apps.registry.repos.access import visible_to
from apps.registry.repos.addresses import RepoKind
from apps.registry.repos.models import Repo, RepoRelation
from apps.registry.repos.policies import REPO_SEE
from apps.registry.repos.selectors import git_of

from .params import compress_response, query_bool, query_values
from .revisions import head_or_none
from .shapes import INFO, INFO_OF_KIND, RepoView, parse_expand, serialize_repo

SPACES_LIMIT = 100
RELATIONS = ("adapter", "finetune", "merge", "quantized")


@requires(REPO_SEE)
@compress_response
def info(request: HubRequest, repo: Repo, revision: str = "") -> HttpResponse:
    """source  huggingface_hub `repo_info`"""
    kind = RepoKind(repo.kind)
    named = parse_expand(kind, query_values(request, "expand"))
    git = git_of(repo)
    sha = git.resolve(revision) if revision else head_or_none(git)
    view = RepoView(
        repo,
        sha or "",
        files=lambda: git.tree(sha, recursive=True) if sha else (),
        with_blobs=query_bool(request, "blobs"),
    )
    if "childrenModelCount" in named:
        view.children = children_count(request, repo)
    if kind is RepoKind.MODEL and (not named or "spaces" in named):
        view.spaces = spaces_with(request, repo)
    facts = serialize_repo(view, named or [*INFO, *INFO_OF_KIND[kind]])
    if not named and kind is RepoKind.MODEL:
        facts["modelId"] = repo.address.id
    if query_bool(request, "securityStatus"):
        facts["securityRepoStatus"] = {"scansDone": False, "filesWithIssues": []}
    response = JsonResponse(facts)
    if view.is_truncated:
        response["X-HF-Warning"] = (
            f"siblings; Only the first {len(facts['siblings'])} files are listed. The tree lists all of them."
        )
    return response


def children_count(request: HubRequest, repo: Repo) -> dict[str, int]:
    """Count the visible models derived from this one, by relation."""
    visible = visible_to(request.actor).filter(kind=RepoKind.MODEL).values("pk")
    derived = RepoRelation.objects.filter(
        target_kind=repo.kind, target_key=repo.address_key, relation__in=RELATIONS, repo__in=visible
    )
    counts = derived.order_by().values_list("relation").annotate(count=Count("id"))
    return dict.fromkeys(RELATIONS, 0) | dict(counts)


def spaces_with(request: HubRequest, repo: Repo) -> list[str]:
    """Return the visible spaces whose cards name this model, most liked first."""
    rows = (
        visible_to(request.actor)
        .filter(kind=RepoKind.SPACE, tags__contains=[f"model:{repo.address.id}"])
        .order_by("-likes", "id")
    )
    return [space.address.id for space in rows[:SPACES_LIMIT]]
