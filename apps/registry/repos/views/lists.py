"""Lists of repositories with filters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from apps.core.web.http import HubRequest
from apps.core.web.pagination import Page
from apps.core.web.policies import PUBLIC, requires
from apps.registry.formats.cards.task_names import task_name
from apps.toolchain.receipts.selectors import verified_scores

from ..addresses import RepoKind
from ..kinds import labels_of
from ..models import Repo
from ..selectors.facets import BOUND, facets
from ..selectors.lists import Filters, list_repos, parse_filters
from .list_query import list_query

PAGE_SIZE = 24
FACETS = {"task": _("Tasks"), "library": _("Libraries"), "language": _("Languages"), "license": _("Licenses")}
CHIPS = {
    "task": _("Task"),
    "library": _("Library"),
    "language": _("Language"),
    "license": _("License"),
    "author": _("Owner"),
    "size": _("Size"),
    "search": _("Name"),
}
FACETS_OF = {
    RepoKind.MODEL: tuple(FACETS),
    RepoKind.DATASET: ("task", "language", "license"),
    RepoKind.SPACE: ("license",),
    RepoKind.KERNEL: ("library", "license"),
}
ICONS = {"task": "text", "library": "library", "language": "language", "license": "license"}
SIZES = (
    ("max:100M", _("< 100M")),
    ("min:100M,max:1B", _("100M – 1B")),
    ("min:1B,max:10B", _("1B – 10B")),
    ("min:10B", _("≥ 10B")),
)
SIZE_WORDS = dict(SIZES)
SORTS = (("updated", _("Recently updated")), ("created", _("Newest")), ("downloads", _("Most downloads")))
VALUES_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of a facet; count is None if it is not counted."""

    value: str
    words: str
    count: int | None
    href: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    name: str
    title: Any
    icon: str
    choices: list[Choice]
    more: list[Choice]

    @property
    def is_open(self) -> bool:
        return bool(self.choices)


def filters_of(query: QueryDict) -> Filters:
    """Parse the filters of a query.

    raises  BadRequest if the parameter range is invalid
    """
    plain = {name: query.get(name, "") for name in ("search", "size", "author", *FACETS)}
    return parse_filters(tags=query.getlist("tag"), **plain)


def query_with(query: QueryDict, **changes: str) -> str:
    """Return the query string with some values set or, if empty, removed; paging is reset."""
    changed = query.copy()
    changed.pop("cursor", None)
    for name, value in changes.items():
        changed.pop(name, None)
        if value:
            changed[name] = value
    return f"?{changed.urlencode()}" if changed else "?"


def _facet(query: QueryDict, name: str, values: list[tuple[str, int | None]]) -> Facet:
    chosen = query.get(name, "")
    if chosen and chosen not in dict(values):
        values = [*values, (chosen, None)]
    words = task_name if name == "task" else str
    choices = [
        Choice(
            value,
            words(value),
            count,
            query_with(query, **{name: "" if value == chosen else value}),
            value == chosen,
        )
        for value, count in values
    ]
    kept = [one for place, one in enumerate(choices) if place < VALUES_SHOWN or one.is_chosen]
    return Facet(name, FACETS[name], ICONS[name], kept, [one for one in choices if one not in kept])


def _sizes(query: QueryDict) -> list[Choice]:
    chosen = query.get("size", "")
    return [
        Choice(
            value,
            str(words),
            None,
            query_with(query, size="" if value == chosen else value),
            value == chosen,
        )
        for value, words in SIZES
    ]


def _chips(query: QueryDict) -> list[dict[str, Any]]:
    """Return the active filters, each with a link that removes it."""
    chips = []
    for name, title in CHIPS.items():
        value = query.get(name, "")
        if value:
            words = task_name(value) if name == "task" else SIZE_WORDS.get(value, value)
            remove = query_with(query, **{name: ""})
            chips.append({"name": name, "key": str(title), "words": str(words), "remove": remove})
    for tag in query.getlist("tag"):
        rest = query.copy()
        rest.setlist("tag", [one for one in query.getlist("tag") if one != tag])
        remove = f"?{rest.urlencode()}"
        chips.append({"name": "tag", "key": gettext("Tag"), "words": tag, "remove": remove})
    return chips


def with_scores(request: HubRequest, page: Page[Repo]) -> list[dict[str, Any]]:
    """Return the repositories of a page with their number of verified scores, in one query."""
    models = [repo.pk for repo in page.items if repo.kind == RepoKind.MODEL]
    scores = verified_scores(models, request.actor) if models else {}
    return [
        {"repo": repo, "scores": scores[repo.pk].count if repo.pk in scores else 0} for repo in page.items
    ]


def _list(request: HubRequest, kind: RepoKind) -> HttpResponse:
    query = list_query(request)
    filters = filters_of(query)
    sort = query.get("sort") or "updated"
    page = list_repos(request.actor, kind, filters, order=sort, cursor=query.get("cursor"), limit=PAGE_SIZE)
    context = {
        "kind": kind,
        "labels": labels_of(kind),
        "rows": with_scores(request, page),
        "next": page.next_cursor,
        "search": query.get("search", ""),
        "sorts": [(value, words, query_with(query, sort=value)) for value, words in SORTS],
        "sort": sort,
        "sort_words": dict(SORTS).get(sort, sort),
        "chips": _chips(query),
        "kept": [
            (name, value)
            for name, values in query.lists()
            if name not in ("search", "cursor")
            for value in values
        ],
    }
    if request.headers.get("HX-Target") == "next-rows":
        return render(request, "registry/repos/_more_repos.html", context)
    found = facets(request.actor, kind, filters)
    context["total"], context["is_bounded"] = (BOUND, True) if found.total is None else (found.total, False)
    context["facets"] = [_facet(query, name, found.values[name]) for name in FACETS_OF[kind]]
    context["sizes"] = _sizes(query) if kind is RepoKind.MODEL else []
    return render(request, "registry/repos/list.html", context)


@requires(PUBLIC)
@require_safe
def models(request: HubRequest) -> HttpResponse:
    return _list(request, RepoKind.MODEL)


@requires(PUBLIC)
@require_safe
def datasets(request: HubRequest) -> HttpResponse:
    return _list(request, RepoKind.DATASET)


@requires(PUBLIC)
@require_safe
def applications(request: HubRequest) -> HttpResponse:
    return _list(request, RepoKind.SPACE)


@requires(PUBLIC)
@require_safe
def kernels(request: HubRequest) -> HttpResponse:
    return _list(request, RepoKind.KERNEL)
