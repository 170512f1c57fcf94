"""The changelog: its entries, and writing them."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.core.web.actions import post_response, refusals_as_messages, refusals_on_form
from apps.core.web.http import HubRequest
from apps.core.web.pagination import page_by_cursor
from apps.core.web.policies import PUBLIC, requires

from ..access import is_team
from ..forms import EntryForm, PublishForm
from ..models import Board, ChangeKind, ChangelogEntry
from ..policies import BOARD_SEE, BOARD_TEAM, ENTRY_SEE, ENTRY_TEAM
from ..selectors.changelog import ENTRIES_ORDER, entries_for, unpublished_entries
from ..services.changelog import create_entry, delete_entry, publish_entry, unschedule_entry, update_entry
from .boards import board_facts

PAGE_ENTRIES, DRAFTS_SHOWN = 15, 50


@requires(PUBLIC)
@require_safe
def changelog(request: HubRequest) -> HttpResponse:
    """Show what is new on all boards, newest first."""
    return render(request, "community/feedback/changelog.html", _page_of(request))


@requires(BOARD_SEE)
@require_safe
def board_changelog(request: HubRequest, board: Board) -> HttpResponse:
    """Show what is new on one board; its team sees its drafts too."""
    facts = {**board_facts(request, board, "changelog"), **_page_of(request, board)}
    drafts = list(unpublished_entries(request.actor, board)[:DRAFTS_SHOWN]) if facts["is_team"] else []
    return render(request, "community/feedback/board_changelog.html", {**facts, "drafts": drafts})


def _page_of(request: HubRequest, board: Board | None = None) -> dict[str, Any]:
    kind = request.GET.get("kind", "")
    page = page_by_cursor(
        entries_for(request.actor, board=board, kind=kind if kind in ChangeKind.values else ""),
        order=ENTRIES_ORDER,
        cursor=request.GET.get("cursor"),
        limit=PAGE_ENTRIES,
    )
    rows = [_row(entry) for entry in page.items]
    return {"rows": rows, "next": page.next_cursor, "kinds": ChangeKind.choices, "kind": kind}


def _row(entry: ChangelogEntry) -> dict[str, Any]:
    """Return an entry with its text, which the renderer has cleaned."""
    kinds = [(kind, ChangeKind(kind).label) for kind in entry.kinds]
    return {"entry": entry, "html": mark_safe(entry.html), "kinds": kinds, "ideas": entry.ideas.all()}


@requires(ENTRY_SEE)
@require_safe
def entry(request: HubRequest, entry: ChangelogEntry) -> HttpResponse:
    facts = {
        "row": _row(entry),
        "publish_form": PublishForm(),
        "is_team": is_team(request.actor, entry.board),
    }
    return render(request, "community/feedback/entry.html", facts)


@requires(BOARD_TEAM)
@require_http_methods(["GET", "HEAD", "POST"])
def new_entry(request: HubRequest, board: Board) -> HttpResponse:
    form = EntryForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusals_on_form(form, None):
            return redirect(create_entry(actor=request.actor, board_slug=board.slug, **form.cleaned_data))
    facts = {**board_facts(request, board, "changelog"), "form": form}
    status = 422 if request.method == "POST" else 200
    return render(request, "community/feedback/edit_entry.html", facts, status=status)


@requires(ENTRY_TEAM)
@require_http_methods(["GET", "HEAD", "POST"])
def edit_entry(request: HubRequest, entry: ChangelogEntry) -> HttpResponse:
    initial = {
        **{name: getattr(entry, name) for name in ("title", "version", "source", "kinds")},
        "ideas": "\n".join(entry.ideas.values_list("key", flat=True)),
    }
    form = EntryForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        with refusals_on_form(form, None):
            return redirect(update_entry(actor=request.actor, key=entry.key, **form.cleaned_data))
    facts = {**board_facts(request, entry.board, "changelog"), "form": form, "entry": entry}
    status = 422 if request.method == "POST" else 200
    return render(request, "community/feedback/edit_entry.html", facts, status=status)


@requires(ENTRY_TEAM)
@require_POST
def publish(request: HubRequest, entry: ChangelogEntry) -> HttpResponse:
    """Publish an entry now, or schedule it if the form names a time."""
    form = PublishForm(request.POST)
    if not form.is_valid():
        return post_response(request, entry, _("Write the time as 2026-01-31 12:00."))
    with refusals_as_messages(request):
        publish_entry(actor=request.actor, key=entry.key, at=form.cleaned_data["at"])
    return redirect(entry)


@requires(ENTRY_TEAM)
@require_POST
def unschedule(request: HubRequest, entry: ChangelogEntry) -> HttpResponse:
    with refusals_as_messages(request):
        unschedule_entry(actor=request.actor, key=entry.key)
    return redirect(entry)


@requires(ENTRY_TEAM)
@require_POST
def delete(request: HubRequest, entry: ChangelogEntry) -> HttpResponse:
    board = entry.board
    delete_entry(actor=request.actor, key=entry.key)
    return post_response(request, f"{board.get_absolute_url()}/changelog", _("Entry deleted."))
