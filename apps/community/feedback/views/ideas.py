"""Ideas and bug reports: the page of one, and what people do there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.core.actor import Actor, Need
from apps.core.conversations.presenters import html_of, thread_view
from apps.core.conversations.providers import ThreadPlace
from apps.core.web.actions import post_response, refusals_as_messages, refusals_on_form
from apps.core.web.http import HubRequest
from apps.core.web.policies import requires

from ..access import is_author, is_team
from ..forms import BehalfForm, IdeaForm, MergeForm, StatusForm
from ..models import BugReport, Idea
from ..policies import IDEA_EDIT, IDEA_SEE, IDEA_TEAM, IDEA_WRITE
from ..presenters import tone_of
from ..selectors.ideas import own_votes, status_log, votes_of, weights_of
from ..services.ideas import change_status, update_idea
from ..services.merge import merge_ideas
from ..services.votes import vote as vote_for
from ..services.votes import vote_on_behalf, withdraw_vote
from .boards import board_facts
from .writing import usable_labels

VOTERS_SHOWN = 20


@requires(IDEA_SEE)
@require_safe
def idea(request: HubRequest, idea: Idea) -> HttpResponse:
    """Show an idea with its comments; a merged one redirects to the idea that took over."""
    if idea.merged_into is not None:
        return redirect(idea.merged_into, permanent=True)
    return _idea_page(request, idea)


def _idea_page(request: HubRequest, idea: Idea, *, status: int = 200, **forms: Any) -> HttpResponse:
    return render(
        request, "community/feedback/idea.html", {**_idea_facts(request, idea), **forms}, status=status
    )


def _idea_facts(request: HubRequest, idea: Idea) -> dict[str, Any]:
    actor, board = request.actor, idea.board
    facts = {
        **board_facts(request, board, "ideas"),
        "idea": idea,
        "tone": tone_of(idea),
        "bug": BugReport.objects.filter(idea=idea).first(),
        "labels": list(idea.labels.all()),
        "changes": list(status_log(idea)[:20]),
        "has_voted": idea.pk in own_votes(actor, [idea.pk]),
        "is_own": is_author(actor, idea.author_id),
        "official": _official_reply(idea),
        "talk": thread_view(actor, idea.thread, _place_of(idea), request.GET.dict()),
        "may_edit": _may_edit(actor, idea),
    }
    return {**facts, **_team_facts(idea)} if facts["is_team"] else facts


def _team_facts(idea: Idea) -> dict[str, Any]:
    """Return what the team alone sees: voters and weights, and its forms."""
    return {
        "votes": list(votes_of(idea)[:VOTERS_SHOWN]),
        "weight": weights_of([idea.pk]).get(idea.pk, 0),
        "status_form": StatusForm(board=idea.board, initial={"status": idea.status.slug}),
        "merge_form": MergeForm(),
        "behalf_form": BehalfForm(),
    }


def _place_of(idea: Idea) -> ThreadPlace:
    return ThreadPlace(idea.title, idea.get_absolute_url())


def _may_edit(actor: Actor, idea: Idea) -> bool:
    return is_author(actor, idea.author_id) or is_team(actor, idea.board, Need.WRITE)


def _official_reply(idea: Idea) -> SafeString:
    """Return the text of the team's latest answer; empty while there is none that everybody sees."""
    reply = idea.official_reply
    return html_of(reply) if reply is not None and reply.is_visible else SafeString("")


@requires(IDEA_EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HubRequest, idea: Idea) -> HttpResponse:
    """Change the title and the labels; the text is a post, which is edited where it stands."""
    own = list(idea.labels.all())
    labels = {label.pk: label for label in (*usable_labels(request.actor, idea.board), *own)}
    initial = {"title": idea.title, "labels": [label.name for label in own]}
    form = IdeaForm(request.POST or None, labels=list(labels.values()), initial=initial)
    if request.method == "POST" and form.is_valid():
        with refusals_on_form(form, None):
            return redirect(update_idea(actor=request.actor, key=idea.key, **form.cleaned_data))
    facts = {**board_facts(request, idea.board, "ideas"), "idea": idea, "form": form}
    status = 422 if request.method == "POST" else 200
    return render(request, "community/feedback/edit_idea.html", facts, status=status)


def _act(request: HubRequest, idea: Idea, act: Callable[..., Idea], message: str = "") -> HttpResponse:
    """Do what a button says; a script gets the button anew."""
    with refusals_as_messages(request):
        idea = act(actor=request.actor, key=idea.key)
    fragment = None if "list" not in request.POST else lambda: _vote_button(request, idea)
    back = request.POST.get("next", "")
    is_board = back == idea.board.get_absolute_url()
    return post_response(request, back if is_board else idea.get_absolute_url(), message, fragment=fragment)


def _vote_button(request: HubRequest, idea: Idea) -> HttpResponse:
    facts = {"idea": idea, "has_voted": idea.pk in own_votes(request.actor, [idea.pk])}
    return render(request, "community/feedback/_vote.html", facts)


@requires(IDEA_WRITE)
@require_POST
def vote(request: HubRequest, idea: Idea) -> HttpResponse:
    return _act(request, idea, vote_for)


@requires(IDEA_WRITE)
@require_POST
def unvote(request: HubRequest, idea: Idea) -> HttpResponse:
    return _act(request, idea, withdraw_vote)


# the team


@requires(IDEA_TEAM)
@require_POST
def status(request: HubRequest, idea: Idea) -> HttpResponse:
    form = StatusForm(request.POST, board=idea.board)
    if form.is_valid():
        with refusals_on_form(form, None):
            change_status(actor=request.actor, key=idea.key, **form.cleaned_data)
            return post_response(request, idea, _("Status saved."))
    return _idea_page(request, idea, status_form=form, status=422)


@requires(IDEA_TEAM)
@require_POST
def merge(request: HubRequest, idea: Idea) -> HttpResponse:
    form = MergeForm(request.POST)
    if form.is_valid():
        with refusals_on_form(form, "into"):
            kept = merge_ideas(actor=request.actor, key=idea.key, into=form.cleaned_data["into"])
            return post_response(request, kept, _("Ideas merged."))
    return _idea_page(request, idea, merge_form=form, status=422)


@requires(IDEA_TEAM)
@require_POST
def behalf(request: HubRequest, idea: Idea) -> HttpResponse:
    form = BehalfForm(request.POST)
    if form.is_valid():
        with refusals_on_form(form, "username"):
            vote_on_behalf(actor=request.actor, key=idea.key, **form.cleaned_data)
            return post_response(request, idea, _("Vote added."))
    return _idea_page(request, idea, behalf_form=form, status=422)
