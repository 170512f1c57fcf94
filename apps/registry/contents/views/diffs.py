"""Diff pages: files by page, a single file, unified or split view."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render

from apps.core.web.http import HubRequest
from apps.core.web.params import page_int
from apps.registry.gitstore import GitRepo
from apps.registry.gitstore.deltas import EMPTY_TREE, PAGE_FILES, delta_of, deltas_between
from apps.registry.repos.errors import EntryNotFound
from apps.registry.repos.links import Links

from ..previews.diffs.files import FileDiff, files_of, whole_file

VIEWS = ("unified", "split")
VIEW_COOKIE, VIEW_SECONDS = "diff_view", 365 * 24 * 3600
LIST_SHOWN = 12


@dataclass(frozen=True, slots=True)
class RenderedFile:
    """A file of a comparison with its links.

    anchor  fragment id on the page
    href    the file in the new revision, or in the old one if it was removed
    alone   link to the diff of this file only
    """

    diff: FileDiff
    anchor: str
    href: str
    alone: str
    old_image: str = ""
    new_image: str = ""


def diff_facts(
    request: HubRequest, git: GitRepo, links: Links, base: str | None, head: str
) -> dict[str, Any]:
    """Return the context of a diff; the query has ?page=, ?file=, ?line= and ?view=.

    base    None to compare with an empty tree
    raises  EntryNotFound if the requested file did not change
    """
    only_path = request.GET.get("file", "")
    ends = (links.to(base) if base else None, links.to(head))
    view = current_view(request)
    facts: dict[str, Any] = {
        "view": view,
        "views": [(word, _query(request, view=word)) for word in VIEWS],
        "only_path": only_path,
    }
    if only_path:
        return facts | _single_file(request, git, ends, base or EMPTY_TREE, head, only_path)
    first = (page_int(request.GET, "page", least=1) - 1) * PAGE_FILES
    deltas = deltas_between(git, base or EMPTY_TREE, head, first=first, count=PAGE_FILES)
    files = [_render_file(request, one, ends) for one in files_of(git, deltas.rows)]
    page, last = first // PAGE_FILES + 1, max(-(-deltas.count // PAGE_FILES), 1)
    return facts | {
        "files": files,
        "count": deltas.count,
        "totals": _totals(files) if deltas.count <= PAGE_FILES else None,
        "list_open": len(files) <= LIST_SHOWN,
        "page": page,
        "last_page": last,
        "newer": _query(request, page=page - 1) if page > 1 else "",
        "older": _query(request, page=page + 1) if page < last else "",
    }


def _single_file(
    request: HubRequest, git: GitRepo, ends: tuple[Links | None, Links], base: str, head: str, path: str
) -> dict[str, Any]:
    delta = delta_of(git, base, head, path)
    if delta is None:
        raise EntryNotFound(path=path)
    first = page_int(request.GET, "line")
    file = whole_file(git, delta, first=first)
    shown = _render_file(request, file, ends)
    older = _query(request, file=path, line=file.after) if file.after else ""
    return {
        "files": [shown],
        "count": 1,
        "totals": None,
        "all": _query(request, file="", line=""),
        "more_lines": older,
        "page": 1,
    }


def current_view(request: HubRequest) -> str:
    """Return the view from the query, else the one used last."""
    view = request.GET.get("view", "") or request.COOKIES.get(VIEW_COOKIE, "")
    return view if view in VIEWS else VIEWS[0]


def render_diff(request: HubRequest, template: str, facts: dict[str, Any]) -> HttpResponse:
    """Render a diff page and remember the chosen view in a cookie."""
    response = render(request, template, facts)
    if request.GET.get("view") in VIEWS:
        response.set_cookie(
            VIEW_COOKIE,
            facts["view"],
            max_age=VIEW_SECONDS,
            samesite="Lax",
            httponly=True,
            secure=request.is_secure(),
        )
    return response


def _query(request: HubRequest, **changed: Any) -> str:
    """Return the query string of this page with some parameters changed; empty ones are dropped."""
    words = {name: request.GET[name] for name in ("file", "page", "line", "skip") if request.GET.get(name)}
    words = {name: str(value) for name, value in {**words, **changed}.items() if value}
    return "?" + urlencode(words)


def _render_file(request: HubRequest, diff: FileDiff, ends: tuple[Links | None, Links]) -> RenderedFile:
    old_end, new_end = ends
    old, new = diff.delta.old, diff.delta.new
    old_raw = old_end.at("resolve", old.path) if old_end and old and diff.old else ""
    new_raw = new_end.at("resolve", new.path) if new and diff.new else ""
    here = new_end.at("blob", new.path) if new else old_end.at("blob", old.path) if old_end and old else ""
    return RenderedFile(
        diff, _anchor(diff.path), here, _query(request, file=diff.path, page="", line=""), old_raw, new_raw
    )


def _anchor(path: str) -> str:
    return f"diff-{hashlib.sha256(path.encode()).hexdigest()[:12]}"


def _totals(files: list[RenderedFile]) -> dict[str, Any]:
    """Return the total of added and removed lines; `is_whole` is false if files were not counted."""
    diffs = [file.diff for file in files]
    is_whole = not any(diff.fold == "late" and not diff.count for diff in diffs)
    return {
        "added": sum(diff.added for diff in diffs),
        "removed": sum(diff.removed for diff in diffs),
        "is_whole": is_whole,
    }
