"""Lists of repositories, with search and filters."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import HttpResponse, JsonResponse

from apps.core.errors import BadRequest
from apps.core.web.headers import header_text
from apps.core.web.http import HubRequest
from apps.core.web.pagination import Page, cursor_after
from apps.core.web.policies import PUBLIC, requires
from apps.registry.repos.addresses import RepoKind
from apps.registry.repos.models import Repo
from apps.registry.repos.selectors import Filters, facets, git_of, list_repos, parse_filters
from apps.registry.repos.selectors.lists import ORDERS

from .params import compress_response, list_response, query_bool, query_limit, query_str, query_values
from .shapes import LISTED, LISTED_OF_MODELS, SIBLINGS_LIMIT, RepoView, parse_expand, serialize_repo

ORDER_OF_SORT = {
    "createdAt": "created",
    "created_at": "created",
    "lastModified": "updated",
    "last_modified": "updated",
    "modified": "updated",
    "downloads": "downloads",
    "likes": "likes",
    "trendingScore": "trending",
    "trending_score": "trending",
}
PAGE, PAGE_WITH_FILES = 1000, 100
UNSUPPORTED_FILTERS = ("inference", "inference_provider", "linked_to")
# what local applications load, by the tag of the file format
TAG_OF_APP = {
    **dict.fromkeys("docker-model-runner jan lemonade llama.cpp lmstudio msty ollama".split(), "gguf"),
    **dict.fromkeys("sglang vllm".split(), "safetensors"),
    "mlx-lm": "mlx",
}
TAG_TYPES = {
    RepoKind.MODEL: {
        "task": ("pipeline_tag", "{}"),
        "library": ("library", "{}"),
        "license": ("license", "license:{}"),
        "language": ("language", "{}"),
    },
    RepoKind.DATASET: {
        "task": ("task_categories", "task_categories:{}"),
        "license": ("license", "license:{}"),
        "language": ("language", "language:{}"),
    },
}


def filters_of(request: HubRequest) -> Filters:
    """Parse the filters of a list.

    raises  BadRequest
    source  huggingface_hub `list_models`, `list_datasets`, `list_spaces`
    """
    tags = [tag for value in query_values(request, "filter") for tag in value.split(",") if tag]
    tags += [f"dataset:{name}" for name in query_values(request, "datasets")]
    tags += [f"model:{name}" for name in query_values(request, "models")]
    tags += [TAG_OF_APP[app] for app in query_values(request, "apps") if app in TAG_OF_APP]
    filters = parse_filters(
        search=" ".join(query_values(request, "search")),
        size=query_str(request, "num_parameters") or "",
        tags=tags,
        author=query_str(request, "author") or "",
        task=query_str(request, "pipeline_tag") or "",
    )
    is_gated = query_bool(request, "gated") if query_values(request, "gated") else None
    return replace(filters, is_gated=is_gated)


def unsupported_filters(request: HubRequest) -> list[str]:
    """Return the filters that match no repository: hosted inference, and apps whose files are not known."""
    names = [name for name in UNSUPPORTED_FILTERS if query_values(request, name)]
    return names + [f"apps={app}" for app in query_values(request, "apps") if app not in TAG_OF_APP]


def order_of(request: HubRequest) -> str:
    sort = query_str(request, "sort") or "trendingScore"
    if sort not in ORDER_OF_SORT:
        raise BadRequest(f'"sort" must be one of {", ".join(ORDER_OF_SORT)}.')
    return ORDER_OF_SORT[sort]


def properties_of(request: HubRequest, kind: RepoKind) -> list[str]:
    """Return the properties of each item: those of `expand`, or else the default with what the flags add.

    raises  BadRequest
    """
    named = parse_expand(kind, query_values(request, "expand"))
    if named:
        return named
    is_full = query_bool(request, "full")
    found = [*LISTED, *(LISTED_OF_MODELS if kind is RepoKind.MODEL else ())]
    found += ["sha", "siblings", "disabled"] if is_full else []
    if kind is RepoKind.SPACE:
        found += ["sdk", *(["runtime"] if is_full else [])]
        found += [
            name
            for name in ("models", "datasets")
            if query_bool(request, "linked") or query_values(request, name)
        ]
    if kind is RepoKind.DATASET:
        found += ["description"] if is_full else []
    # `full` includes the card for all kinds but models.
    if query_bool(request, "cardData") or (is_full and kind is not RepoKind.MODEL):
        found.append("cardData")
    return found + (["config"] if query_bool(request, "config") else [])


@requires(PUBLIC)
@compress_response
def repos(request: HubRequest, kind: RepoKind) -> HttpResponse:
    """List the visible repositories that match the filters, page by page."""
    names = properties_of(request, kind)
    most = PAGE_WITH_FILES if {"siblings", "childrenModelCount"} & set(names) else PAGE
    limit = query_limit(request, default=most, most=most)
    page: Page[Repo] = Page([], None)
    filters, order, unsupported = filters_of(request), order_of(request), unsupported_filters(request)
    if not unsupported:
        page = list_repos(
            request.actor, kind, filters, order=order, cursor=query_str(request, "cursor"), limit=limit
        )
    if "siblings" in names:
        page = limit_siblings(page, order)
    items = [item(repo, names) for repo in page.items]
    response = list_response(request, items, next_cursor=page.next_cursor)
    if unsupported:
        response["X-HF-Warning"] = header_text(f"filters; Nothing here matches {', '.join(unsupported)}.")
    return response


def limit_siblings(page: Page[Repo], order: str) -> Page[Repo]:
    """Shorten a page so that its repositories have at most `SIBLINGS_LIMIT` files together."""
    remaining = SIBLINGS_LIMIT
    for index, repo in enumerate(page.items):
        remaining -= repo.file_count
        if remaining < 0 and index:
            return Page(page.items[:index], cursor_after(page.items[index - 1], ORDERS[order]))
    return page


def item(repo: Repo, names: list[str]) -> dict[str, Any]:
    facts = serialize_repo(
        RepoView(
            repo, repo.head, files=lambda: git_of(repo).tree(repo.head, recursive=True) if repo.head else ()
        ),
        names,
    )
    return facts | {"modelId": repo.address.id} if repo.kind == RepoKind.MODEL else facts


@requires(PUBLIC)
def tags_by_type(request: HubRequest, kind: RepoKind) -> HttpResponse:
    """Return the tags that lists can be filtered by, by type.

    source  huggingface_hub `get_model_tags`, `get_dataset_tags`
    """
    found = facets(request.actor, kind, Filters())
    return JsonResponse(
        {
            tag_type: [
                {"id": form.format(value), "label": value, "type": tag_type}
                for value, _ in found.values[facet]
            ]
            for facet, (tag_type, form) in TAG_TYPES[kind].items()
        }
    )


@requires(PUBLIC)
def hardware(request: HubRequest) -> HttpResponse:
    """Return an empty list: applications do not run here.

    source  huggingface_hub `list_spaces_hardware`
    """
    return list_response(request, [])
