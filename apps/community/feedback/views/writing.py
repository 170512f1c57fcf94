"""Writing an idea, a bug report or a security report with the composer of conversations."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.core.actor import Actor
from apps.core.conversations.composing import BODY_LIMIT_BYTES, sent_text, shown_again
from apps.core.conversations.forms import PostForm
from apps.core.conversations.models import PostState
from apps.core.conversations.presenters import ComposerView
from apps.core.conversations.selectors import draft_of
from apps.core.moderation.submissions import facts_of
from apps.core.web.actions import post_response, refusals_on_form
from apps.core.web.bodies import takes_body
from apps.core.web.http import HubRequest
from apps.core.web.policies import requires

from ..access import is_team
from ..forms import BugForm, IdeaForm
from ..models import Board, Idea, Label
from ..policies import BOARD_SEE, BOARD_WRITE
from ..selectors.boards import labels_of
from ..selectors.ideas import similar_ideas
from ..services.ideas import create_idea
from .boards import board_facts


@requires(BOARD_WRITE)
@takes_body(BODY_LIMIT_BYTES)
@require_http_methods(["GET", "HEAD", "POST"])
def new_idea(request: HubRequest, board: Board) -> HttpResponse:
    return _write(request, board, "idea")


@requires(BOARD_WRITE)
@takes_body(BODY_LIMIT_BYTES)
@require_http_methods(["GET", "HEAD", "POST"])
def new_bug(request: HubRequest, board: Board) -> HttpResponse:
    return _write(request, board, "bug")


@requires(BOARD_WRITE)
@takes_body(BODY_LIMIT_BYTES)
@require_http_methods(["GET", "HEAD", "POST"])
def new_security_report(request: HubRequest, board: Board) -> HttpResponse:
    """Report a vulnerability to the team alone."""
    return _write(request, board, "security")


def _write(request: HubRequest, board: Board, kind: str) -> HttpResponse:
    """Show the form, preview the text, or store what was sent.

    kind  idea, bug or security
    """
    form_type = IdeaForm if kind == "idea" else BugForm
    labels = [] if kind == "security" else usable_labels(request.actor, board)
    if request.method != "POST":
        initial, source = _beginning(request.actor, board, kind)
        return _page(request, board, kind, form_type(initial=initial, labels=labels), {"source": source})
    form, text = form_type(request.POST, labels=labels), PostForm(request.POST, request.FILES)
    source, error = sent_text(request.actor, text)
    if text.is_valid() and text.is_preview:
        return _page(request, board, kind, form, shown_again(source, error))
    if form.is_valid() and not error:
        with refusals_on_form(form, None):
            idea = _created(request, board, kind, form, source)
            words = _("Only moderators see it until they approve it.") if idea.state == PostState.HELD else ""
            return post_response(request, idea, words)
    return _page(request, board, kind, form, shown_again(source, error), status=422)


def _beginning(actor: Actor, board: Board, kind: str) -> tuple[dict[str, Any], str]:
    """Return the fields and the text that the form begins with: of the draft, or the board's template."""
    draft = draft_of(actor, _place(board, kind))
    if draft is not None and draft.source.strip():
        return draft.data, draft.source
    return {}, "" if kind == "idea" else board.bug_template


def _place(board: Board, kind: str) -> str:
    """Return where the draft is kept."""
    return f"{kind}:{board.pk}"


def _created(request: HubRequest, board: Board, kind: str, form: IdeaForm, source: str) -> Idea:
    return create_idea(
        actor=request.actor,
        board_slug=board.slug,
        title=form.cleaned_data["title"],
        source=source,
        labels=form.cleaned_data.get("labels", ()),
        bug=form.bug_facts if isinstance(form, BugForm) else None,
        is_security=kind == "security",
        draft=_place(board, kind),
        facts=facts_of(request, starts_thread=True),
    )


def _page(
    request: HubRequest, board: Board, kind: str, form: IdeaForm, text: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    composer = ComposerView(
        action=request.path,
        place=_place(board, kind),
        label=_("Description"),
        button=_("Publish idea") if kind == "idea" else _("Send report"),
        **text,
    )
    facts = {**board_facts(request, board, "new"), "form": form, "kind": kind, "composer": composer}
    return render(request, "community/feedback/new_idea.html", facts, status=status)


def usable_labels(actor: Actor, board: Board) -> list[Label]:
    """Return the labels that the actor can give: the open ones, or all as the team."""
    is_ours = is_team(actor, board)
    return [label for label in labels_of(board) if label.is_open or is_ours]


@requires(BOARD_SEE)
@require_safe
def similar(request: HubRequest, board: Board) -> HttpResponse:
    """Return ideas whose titles resemble what somebody types, as a fragment."""
    ideas = similar_ideas(request.actor, board, request.GET.get("title", ""))
    return render(request, "community/feedback/_similar.html", {"ideas": ideas})
