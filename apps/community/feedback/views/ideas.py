"""Ideas and bug reports: writing one, its page, and what people do there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.core.actor import Actor
from apps.core.conversations.selectors import held_posts, window_after, window_around
from apps.core.conversations.services.posts import add_post
from apps.core.web.actions import post_response, refusals_as_messages, refusals_on_form
from apps.core.web.http import HubRequest
from apps.core.web.policies import requires

from ..access import is_author, is_team
from ..forms import BehalfForm, BugForm, CommentForm, IdeaForm, MergeForm, StatusForm
from ..models import Board, BugReport, Idea
from ..policies import BOARD_SEE, BOARD_WRITE, IDEA_SEE, IDEA_TEAM, IDEA_WRITE
from ..presenters import is_following, post_row, tone_of
from ..selectors.boards import labels_of
from ..selectors.ideas import own_votes, similar_ideas, status_log, votes_of, weights_of
from ..services.ideas import change_status, create_idea
from ..services.merge import merge_ideas
from ..services.votes import follow as follow_idea
from ..services.votes import unfollow as unfollow_idea
from ..services.votes import vote as vote_for
from ..services.votes import vote_on_behalf, withdraw_vote
from .boards import board_facts

VOTERS_SHOWN = 20


# writing


@requires(BOARD_WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def new_idea(request: HubRequest, board: Board) -> HttpResponse:
    form = IdeaForm(request.POST or None, labels=_usable_labels(request.actor, board))
    if request.method == "POST" and form.is_valid():
        with refusals_on_form(form, None):
            facts = form.cleaned_data
            return redirect(
                create_idea(
                    actor=request.actor,
                    board_slug=board.slug,
                    title=facts["title"],
                    source=facts["source"],
                    labels=facts.get("labels", ()),
                )
            )
    return _form_page(request, board, form, "new_idea")


@requires(BOARD_WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def new_bug(request: HubRequest, board: Board) -> HttpResponse:
    return _report(request, board, is_security=False)


@requires(BOARD_WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def new_security_report(request: HubRequest, board: Board) -> HttpResponse:
    """Report a vulnerability to the team alone."""
    return _report(request, board, is_security=True)


def _report(request: HubRequest, board: Board, *, is_security: bool) -> HttpResponse:
    labels = [] if is_security else _usable_labels(request.actor, board)
    form = BugForm(request.POST or None, labels=labels, initial={"source": board.bug_template})
    if request.method == "POST" and form.is_valid():
        with refusals_on_form(form, None):
            facts = form.cleaned_data
            return redirect(
                create_idea(
                    actor=request.actor,
                    board_slug=board.slug,
                    title=facts["title"],
                    source=facts["source"],
                    labels=facts.get("labels", ()),
                    bug=form.facts,
                    is_security=is_security,
                )
            )
    return _form_page(request, board, form, "new_security_report" if is_security else "new_bug")


def _form_page(request: HubRequest, board: Board, form: IdeaForm, name: str) -> HttpResponse:
    facts = {**board_facts(request, board, "new"), "form": form, "kind": name}
    status = 422 if request.method == "POST" else 200
    return render(request, "community/feedback/new_idea.html", facts, status=status)


def _usable_labels(actor: Actor, board: Board) -> list[Any]:
    is_ours = is_team(actor, board)
    return [label for label in labels_of(board) if label.is_open or is_ours]


@requires(BOARD_SEE)
@require_safe
def similar(request: HubRequest, board: Board) -> HttpResponse:
    """Return ideas whose titles resemble what somebody types, as a fragment."""
    ideas = similar_ideas(request.actor, board, request.GET.get("title", ""))
    return render(request, "community/feedback/_similar.html", {"ideas": ideas})


# one idea


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
        **_conversation(request, idea),
        "idea": idea,
        "tone": tone_of(idea),
        "bug": BugReport.objects.filter(idea=idea).first(),
        "labels": list(idea.labels.all()),
        "changes": list(status_log(idea)[:20]),
        "has_voted": idea.pk in own_votes(actor, [idea.pk]),
        "is_following": actor.is_signed_in and is_following(actor, idea),
        "is_own": is_author(actor, idea),
        "comment_form": CommentForm(),
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


def _conversation(request: HubRequest, idea: Idea) -> dict[str, Any]:
    """Return a window of the conversation, around the post that the query names."""
    number = request.GET.get("post", "")
    after = request.GET.get("after", "")
    if number.isdecimal() and len(number) < 9:
        window = window_around(request.actor, idea.thread, int(number))
    else:
        start = int(after) if after.isdecimal() and len(after) < 9 else 0
        window = window_after(request.actor, idea.thread, start)
    return {
        "posts": [post_row(post, official=idea.official_reply_id) for post in window.posts],
        "official": post_row(idea.official_reply) if idea.official_reply else None,
        "after": window.after,
        "before": window.before,
        "held": list(held_posts(request.actor, idea.thread)) if request.actor.is_signed_in else [],
    }


@requires(IDEA_WRITE)
@require_POST
def comment(request: HubRequest, idea: Idea) -> HttpResponse:
    form = CommentForm(request.POST)
    if form.is_valid():
        with refusals_on_form(form, "source"):
            post = add_post(actor=request.actor, thread_id=idea.thread_id, source=form.cleaned_data["source"])
            return redirect(f"{idea.get_absolute_url()}?post={post.number}#post-{post.number}")
    return _idea_page(request, idea, comment_form=form, status=422)


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


@requires(IDEA_WRITE)
@require_POST
def follow(request: HubRequest, idea: Idea) -> HttpResponse:
    return _act(request, idea, follow_idea)


@requires(IDEA_WRITE)
@require_POST
def unfollow(request: HubRequest, idea: Idea) -> HttpResponse:
    return _act(request, idea, unfollow_idea)


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
