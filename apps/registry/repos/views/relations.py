"""The model tree: base models, datasets and derived models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from apps.core.errors import BadRequest
from apps.core.text.formatting import thousands
from apps.core.text.svg import Node
from apps.core.web.http import HubRequest
from apps.core.web.pagination import page_by_cursor

from ..addresses import RepoKind
from ..errors import EntryNotFound
from ..models import Relation, Repo
from ..policies import REPO_SEE
from ..selectors.relations import (
    Ancestry,
    Group,
    ancestry_of,
    descendants_of,
    groups_of,
    key_of,
    related_by,
    related_to,
)
from .repo_page import head_facts, repo_page

PAGE_SIZE, MODELS_IN_GRAPH = 24, 6
ORDER = ("-downloads", "-updated_at", "id")
EXAMPLES = {
    RepoKind.MODEL: "base_model: %s\nbase_model_relation: finetune\ndatasets:\n- owner/name",
    RepoKind.DATASET: "datasets:\n- %s",
}
SERIES = {RepoKind.MODEL.value: 1, RepoKind.DATASET.value: 2}


@repo_page(REPO_SEE)
@require_safe
def model_tree(request: HubRequest, repo: Repo) -> HttpResponse:
    """Show the model tree and list the descendants, filtered by `?relation=`."""
    if repo.kind not in SERIES:
        raise EntryNotFound
    relation = request.GET.get("relation", "")
    if relation and relation not in Relation.values:
        raise BadRequest(_("Unknown relation."))
    named, related = related_by(request.actor, repo), related_to(repo)
    groups = groups_of(request.actor, related)
    page = page_by_cursor(
        descendants_of(request.actor, related, relation),
        order=ORDER,
        cursor=request.GET.get("cursor"),
        limit=PAGE_SIZE,
    )
    facts: dict[str, Any] = {
        "named": named,
        "groups": groups,
        "total": sum(group.count for group in groups),
        "relation": relation,
        "rows": page.items,
        "next_cursor": page.next_cursor,
        "example": EXAMPLES[RepoKind(repo.kind)] % repo.address.id,
    }
    shown = page.items if repo.kind == RepoKind.DATASET and not request.GET.get("cursor") else []
    facts |= tree_graph(repo, ancestry_of(request.actor, repo, named), groups, shown[:MODELS_IN_GRAPH])
    return render(
        request, "registry/repos/model_tree.html", {**head_facts(request, repo, "lineage"), **facts}
    )


def tree_graph(repo: Repo, ancestry: Ancestry, groups: list[Group], shown: Sequence[Repo]) -> dict[str, Any]:
    """Return the nodes and edges of the tree: ancestors, the repository and its descendants.

    shown  descendants with their own node; the others are grouped by relation
    """
    here, page = key_of(repo.kind, repo.address_key), f"{repo.get_absolute_url()}/model-tree"
    nodes = [
        Node(
            key,
            one.id,
            str(RepoKind(one.kind).label),
            one.href and f"{one.href}/model-tree",
            SERIES.get(one.kind, 8),
        )
        for key, one in ancestry.named.items()
        if key != here
    ]
    nodes.append(
        Node(
            here,
            repo.address.id,
            str(RepoKind(repo.kind).label),
            repo.get_absolute_url(),
            SERIES[repo.kind],
            is_current=True,
        )
    )
    edges = list(ancestry.edges)
    for one in shown:
        nodes.append(
            Node(
                key_of(one.kind, one.address_key),
                one.address.id,
                str(RepoKind(one.kind).label),
                one.get_absolute_url(),
                1,
            )
        )
        edges.append((here, key_of(one.kind, one.address_key)))
    for group in groups:
        rest = group.count - len(shown)
        if rest < 1:
            continue
        words = ngettext("%(count)s model", "%(count)s models", rest) % {"count": thousands(rest)}
        nodes.append(
            Node(f"group:{group.relation}", words, str(group.words), f"{page}?relation={group.relation}", 1)
        )
        edges.append((here, f"group:{group.relation}"))
    return {"nodes": nodes if edges else [], "edges": edges}
