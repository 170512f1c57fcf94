"""Boards: the list, one board, its roadmap and its settings."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.core.actor import Need
from apps.core.moderation.submissions import facts_of
from apps.core.web.actions import post_response, refusals_as_messages, refusals_on_form
from apps.core.web.http import HubRequest
from apps.core.web.pagination import page_by_cursor
from apps.core.web.policies import PUBLIC, SIGNED_IN, requires
from apps.registry.repos.models import Repo
from apps.registry.repos.policies import REPO_ADMIN
from apps.registry.repos.views.repo_page import repo_page
from apps.users.accounts.models import Namespace

from ..access import is_board_admin, is_team
from ..forms import BoardForm, ImportForm, LabelsForm, NewBoardForm, StatusesForm, status_line
from ..models import Board
from ..policies import BOARD_ADMIN, BOARD_SEE
from ..presenters import idea_rows
from ..selectors.boards import BOARDS_ORDER, boards_for, labels_of, status_counts, statuses_of
from ..selectors.boards import roadmap as roadmap_of
from ..selectors.ideas import ORDERS, IdeaFilters, ideas_for, waiting_ideas
from ..services.boards import create_board, delete_board, set_labels, set_statuses, update_board

PAGE_BOARDS, PAGE_IDEAS, WAITING_SHOWN, TOP_SHOWN = 30, 25, 50, 8
SITE = ""


@requires(PUBLIC)
@require_safe
def boards(request: HubRequest) -> HttpResponse:
    """List the boards that the reader may see, and the ideas with most votes."""
    page = page_by_cursor(
        boards_for(request.actor),
        order=BOARDS_ORDER,
        cursor=request.GET.get("cursor"),
        limit=PAGE_BOARDS,
    )
    top = list(ideas_for(request.actor).order_by(*ORDERS["votes"])[:TOP_SHOWN])
    facts = {
        "boards": page.items,
        "next": page.next_cursor,
        "rows": idea_rows(request.actor, top),
        "may_create": bool(_owners(request)),
    }
    return render(request, "community/feedback/boards.html", facts)


def _owners(request: HubRequest) -> list[tuple[str, Any]]:
    """Return who the actor can create a board for: the site as staff, themselves, their organizations."""
    rows = Namespace.objects.filter(pk__in=request.actor.namespaces_with(Need.ADMIN)).order_by("key")
    site = [(SITE, _("This site"))] if request.actor.is_staff else []
    return [*site, *((row.name, row.name) for row in rows)]


@requires(SIGNED_IN)
@require_http_methods(["GET", "HEAD", "POST"])
def new_board(request: HubRequest) -> HttpResponse:
    form = NewBoardForm(request.POST or None, owners=_owners(request))
    if request.method == "POST" and form.is_valid():
        facts = form.cleaned_data
        with refusals_on_form(form, None):
            board = create_board(
                actor=request.actor,
                name=facts["name"],
                about=facts["about"],
                namespace=facts["owner"],
                is_private=facts["is_private"],
                facts=facts_of(request, starts_thread=True),
            )
            return redirect(board)
    status = 422 if request.method == "POST" else 200
    return render(request, "community/feedback/new_board.html", {"form": form}, status=status)


def board_facts(request: HubRequest, board: Board, tab: str) -> dict[str, Any]:
    """Return the context that the pages of a board share."""
    return {
        "board": board,
        "tab": tab,
        "is_team": is_team(request.actor, board),
        "is_admin": is_board_admin(request.actor, board),
    }


@requires(BOARD_SEE)
@require_safe
def board(request: HubRequest, board: Board) -> HttpResponse:
    """List the ideas of a board by votes or by age, of one status, label or kind if the query names it."""
    sort = request.GET.get("sort", "votes")
    filters = IdeaFilters(**{name: request.GET.get(name, "") for name in ("status", "label", "kind")})
    filters = IdeaFilters(
        status=filters.status, label=filters.label, kind=filters.kind, query=request.GET.get("q", "")
    )
    page = page_by_cursor(
        ideas_for(request.actor, board=board, filters=filters),
        order=ORDERS.get(sort, ORDERS["votes"]),
        cursor=request.GET.get("cursor"),
        limit=PAGE_IDEAS,
    )
    counts = status_counts(request.actor, board)
    facts = {
        **board_facts(request, board, "ideas"),
        "rows": idea_rows(request.actor, page.items),
        "next": page.next_cursor,
        "statuses": [(status, counts.get(status.pk, 0)) for status in statuses_of(board)],
        "labels": labels_of(board),
        "sort": sort if sort in ORDERS else "votes",
        "waiting": list(waiting_ideas(request.actor, board)[:WAITING_SHOWN])
        if request.actor.is_signed_in
        else [],
    }
    return render(request, "community/feedback/board.html", facts)


@requires(BOARD_SEE)
@require_safe
def roadmap(request: HubRequest, board: Board) -> HttpResponse:
    """Show the ideas of a board in the columns of its roadmap."""
    columns = roadmap_of(request.actor, board)
    facts = {**board_facts(request, board, "roadmap"), "columns": columns}
    return render(request, "community/feedback/roadmap.html", facts)


@repo_page(REPO_ADMIN)
@require_POST
def turn_on(request: HubRequest, repo: Repo) -> HttpResponse:
    """Give a repository its board."""
    with refusals_as_messages(request):
        return redirect(create_board(actor=request.actor, name=repo.address.name, repo=repo.address))
    return redirect(f"{repo.get_absolute_url()}/community")


# settings


def _settings(request: HubRequest, board: Board, *, status: int = 200, **forms: Any) -> HttpResponse:
    names = ("name", "about", "is_private", "is_archived", "takes_bugs", "bug_template")
    lines = [status_line(one.slug, one.kind, one.name, one.is_on_roadmap) for one in statuses_of(board)]
    labels = [f"{'' if label.is_open else '* '}{label.name}" for label in labels_of(board)]
    facts = {
        "form": BoardForm(initial={name: getattr(board, name) for name in names}),
        "statuses_form": StatusesForm(initial={"lines": "\n".join(lines)}),
        "labels_form": LabelsForm(initial={"lines": "\n".join(labels)}),
        "import_form": ImportForm(),
        "problems": (),
        **board_facts(request, board, "settings"),
        **forms,
    }
    return render(request, "community/feedback/board_settings.html", facts, status=status)


def settings_page(request: HubRequest, board: Board, *, status: int = 200, **forms: Any) -> HttpResponse:
    return _settings(request, board, status=status, **forms)


def _settings_path(board: Board) -> str:
    return f"{board.get_absolute_url()}/settings"


@requires(BOARD_ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HubRequest, board: Board) -> HttpResponse:
    if request.method != "POST":
        return _settings(request, board)
    form = BoardForm(request.POST)
    if form.is_valid():
        update_board(actor=request.actor, slug=board.slug, **form.cleaned_data)
        return post_response(request, _settings_path(board), _("Board saved."))
    return _settings(request, board, form=form, status=422)


@requires(BOARD_ADMIN)
@require_POST
def statuses(request: HubRequest, board: Board) -> HttpResponse:
    form = StatusesForm(request.POST)
    if form.is_valid():
        with refusals_on_form(form, "lines"):
            set_statuses(actor=request.actor, slug=board.slug, statuses=form.cleaned_data["lines"])
            return post_response(request, _settings_path(board), _("Statuses saved."))
    return _settings(request, board, statuses_form=form, status=422)


@requires(BOARD_ADMIN)
@require_POST
def labels(request: HubRequest, board: Board) -> HttpResponse:
    form = LabelsForm(request.POST)
    if form.is_valid():
        with refusals_on_form(form, "lines"):
            set_labels(actor=request.actor, slug=board.slug, labels=form.cleaned_data["lines"])
            return post_response(request, _settings_path(board), _("Labels saved."))
    return _settings(request, board, labels_form=form, status=422)


@requires(BOARD_ADMIN)
@require_POST
def delete(request: HubRequest, board: Board) -> HttpResponse:
    """Delete a board once its address is typed."""
    if request.POST.get("confirm", "") != board.slug:
        return _settings(request, board, status=422, needs_confirmation=True)
    delete_board(actor=request.actor, slug=board.slug)
    return post_response(request, "/feedback", _("Board deleted."))
