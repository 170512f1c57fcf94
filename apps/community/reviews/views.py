"""The Community tab of a repository: its board and its reviews."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.community.feedback.presenters import idea_rows
from apps.community.feedback.selectors.boards import board_of_repo
from apps.community.feedback.selectors.ideas import VOTES_ORDER, ideas_for
from apps.core.actor import Need
from apps.core.conversations.models import PostState
from apps.core.moderation.submissions import facts_of
from apps.core.web.actions import post_response, refusals_as_messages, refusals_on_form
from apps.core.web.http import HubRequest
from apps.core.web.pagination import page_by_cursor
from apps.core.web.policies import requires
from apps.registry.repos.access import may
from apps.registry.repos.models import Repo
from apps.registry.repos.policies import REPO_SEE
from apps.registry.repos.views.repo_page import head_facts, repo_page

from .forms import ReplyForm, ReviewForm
from .models import Review
from .policies import REPO_REVIEW, REVIEW_EDIT, REVIEW_SEE, REVIEW_WRITE
from .presenters import rating_bars, rating_data, review_rows
from .selectors import ORDERS, own_review, rating_of, reviews_for
from .services import (
    REVIEWED_KINDS,
    delete_review,
    mark_helpful,
    reply_to_review,
    text_of,
    update_review,
    works_on,
    write_review,
)

PAGE_REVIEWS, TOP_SHOWN, VERSIONS_SHOWN = 15, 5, 20


@repo_page(REPO_SEE)
@require_safe
def community(request: HubRequest, repo: Repo) -> HttpResponse:
    return _page(request, repo)


def _page(request: HubRequest, repo: Repo, *, status: int = 200, **forms: Any) -> HttpResponse:
    sort = request.GET.get("sort", "helpful")
    page = page_by_cursor(
        reviews_for(request.actor, repo),
        order=ORDERS.get(sort, ORDERS["helpful"]),
        cursor=request.GET.get("cursor"),
        limit=PAGE_REVIEWS,
    )
    rows, rating = review_rows(request.actor, page.items), rating_of(repo)
    board = board_of_repo(request.actor, repo.pk)
    top = list(ideas_for(request.actor, board=board).order_by(*VOTES_ORDER)[:TOP_SHOWN]) if board else []
    own = own_review(request.actor, repo)
    is_reviewed = repo.kind in REVIEWED_KINDS
    is_team = works_on(request.actor, repo)
    facts = {
        "rows": rows,
        "next": page.next_cursor,
        "sort": sort if sort in ORDERS else "helpful",
        "rating": rating,
        "bars": rating_bars(rating),
        "rating_data": rating_data(repo, rating, rows),
        "board": board,
        "ideas": idea_rows(request.actor, top),
        "own": own,
        "is_reviewed": is_reviewed,
        "may_review": is_reviewed and request.actor.is_signed_in and not own and not is_team,
        "may_turn_on": board is None and may(request.actor, Need.ADMIN, repo),
        "form": ReviewForm(),
        **forms,
    }
    shown = {**head_facts(request, repo, "community"), **facts}
    return render(request, "community/reviews/repo.html", shown, status=status)


@repo_page(REPO_REVIEW)
@require_POST
def write(request: HubRequest, repo: Repo) -> HttpResponse:
    form = ReviewForm(request.POST)
    if form.is_valid():
        with refusals_on_form(form, None):
            review = write_review(
                actor=request.actor,
                address=repo.address,
                facts=facts_of(request, starts_thread=True),
                **form.cleaned_data,
            )
            is_held = review.state == PostState.HELD
            message = _("A moderator will look at your review.") if is_held else _("Review published.")
            return post_response(request, review, message)
    return _page(request, repo, form=form, status=422)


# one review


@requires(REVIEW_SEE)
@require_safe
def review(request: HubRequest, review: Review) -> HttpResponse:
    """Show a review with its former versions."""
    return _review_page(request, review)


def _review_page(request: HubRequest, review: Review, *, status: int = 200, **forms: Any) -> HttpResponse:
    row = review_rows(request.actor, [review])[0]
    facts = {
        "repo": review.repo,
        "row": row,
        "versions": list(review.versions.all()[:VERSIONS_SHOWN]),
        "reply_form": ReplyForm(initial={"source": review.reply.source if review.reply else ""}),
        **forms,
    }
    return render(request, "community/reviews/review.html", facts, status=status)


@requires(REVIEW_EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HubRequest, review: Review) -> HttpResponse:
    form = ReviewForm(request.POST or None, initial={"stars": review.stars, "source": text_of(review).source})
    if request.method == "POST" and form.is_valid():
        with refusals_on_form(form, None):
            return redirect(update_review(actor=request.actor, key=review.key, **form.cleaned_data))
    status = 422 if request.method == "POST" else 200
    facts = {"repo": review.repo, "review": review, "form": form}
    return render(request, "community/reviews/edit_review.html", facts, status=status)


@requires(REVIEW_EDIT)
@require_POST
def delete(request: HubRequest, review: Review) -> HttpResponse:
    delete_review(actor=request.actor, key=review.key)
    return post_response(request, f"{review.repo.get_absolute_url()}/community", _("Review deleted."))


@requires(REVIEW_WRITE)
@require_POST
def reply(request: HubRequest, review: Review) -> HttpResponse:
    form = ReplyForm(request.POST)
    if form.is_valid():
        with refusals_on_form(form, "source"):
            facts = facts_of(request)
            return redirect(
                reply_to_review(actor=request.actor, key=review.key, facts=facts, **form.cleaned_data)
            )
    return _review_page(request, review, reply_form=form, status=422)


@requires(REVIEW_WRITE)
@require_POST
def helpful(request: HubRequest, review: Review) -> HttpResponse:
    with refusals_as_messages(request):
        mark_helpful(actor=request.actor, key=review.key, is_helpful=request.POST.get("helpful") != "no")
    return redirect(review)
