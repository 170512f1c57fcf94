"""All about one repository."""

from __future__ import annotations

from django.db.models import Count
from django.http import HttpResponse, JsonResponse

from apps.core.actor import Need
from apps.core.http import HubRequest
from apps.core.policies import requires
from apps.registry.repos.access import visible_to
from apps.registry.repos.addresses import RepoKind
from apps.registry.repos.models import Repo, RepoRelation
from apps.registry.repos.policies import REPO_SEE

from .params import compressed, query_bool, query_values
from .revisions import head_or_none, open_repo
from .shapes import INFO, INFO_OF_KIND, RepoView, parse_expand, serialize_repo

SPACES_LIMIT = 100
RELATIONS = ("adapter", "finetune", "merge", "quantized")


@requires(REPO_SEE)
@compressed
def info(request: HubRequest, kind: RepoKind, namespace: str, name: str, revision: str = "") -> HttpResponse:
    """source  huggingface_hub `repo_info`; an unknown `expand` is refused before the repository is looked up"""
    named = parse_expand(kind, query_values(request, "expand"))
    repo, git = open_repo(request, kind, namespace, name, Need.SEE)
    sha = git.resolve(revision) if revision else head_or_none(git)
    seen = RepoView(
        repo,
        sha or "",
        files=lambda: git.tree(sha, recursive=True) if sha else (),
        with_blobs=query_bool(request, "blobs"),
    )
    if "childrenModelCount" in named:
        seen.children = children_count(request, repo)
    if kind is RepoKind.MODEL and (not named or "spaces" in named):
        seen.spaces = spaces_with(request, repo)
    facts = serialize_repo(seen, named or [*INFO, *INFO_OF_KIND[kind]])
    if not named and kind is RepoKind.MODEL:
        facts["modelId"] = repo.address.id
    if query_bool(request, "securityStatus"):
        facts["securityRepoStatus"] = {"scansDone": False, "filesWithIssues": []}
    response = JsonResponse(facts)
    if seen.is_cut:
        response["X-HF-Warning"] = (
            f"siblings; Only the first {len(facts['siblings'])} files are named here. List the tree for all of them."
        )
    return response


def children_count(request: HubRequest, repo: Repo) -> dict[str, int]:
    """Return how many models that the actor may read were made from this one, by how."""
    visible = visible_to(request.actor).filter(kind=RepoKind.MODEL).values("pk")
    made = RepoRelation.objects.filter(
        target_kind=repo.kind, target_key=repo.address_key, relation__in=RELATIONS, repo__in=visible
    )
    counts = made.order_by().values_list("relation").annotate(count=Count("id"))
    return dict.fromkeys(RELATIONS, 0) | dict(counts)


def spaces_with(request: HubRequest, repo: Repo) -> list[str]:
    """Return applications that the actor may read and whose cards name this model, those liked most first."""
    rows = (
        visible_to(request.actor)
        .filter(kind=RepoKind.SPACE, tags__contains=[f"model:{repo.address.id}"])
        .order_by("-likes", "id")
    )
    return [space.address.id for space in rows[:SPACES_LIMIT]]
