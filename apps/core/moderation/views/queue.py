"""The review queue."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from apps.core.errors import BadRequest, Refusal
from apps.core.web.actions import post_response, refusals_as_messages
from apps.core.web.http import HubRequest
from apps.core.web.pagination import page_by_cursor
from apps.core.web.policies import STAFF, requires

from ..forms import ACTS, BULK_LIMIT, DecisionForm
from ..models import Act, Cause, ReviewItem, ReviewState
from ..policies import MODERATOR, REVIEW_DECIDE
from ..presenters import cause_choices, kind_choices, review_rows
from ..selectors import emergency, reviews_for, saved_replies
from ..services.queue import claim as claim_review
from ..services.queue import decide_many
from ..services.queue import undo as undo_decision

PAGE_SIZE = 30
FILTERS = ("state", "cause", "kind")


@requires(STAFF)
@require_safe
def reviews(request: HubRequest) -> HttpResponse:
    """Show what waits for a moderator, or what was decided, newest first."""
    query = request.GET
    state = query.get("state") if query.get("state") in ReviewState.values else ReviewState.OPEN
    rows = reviews_for(request.actor).filter(state=state).prefetch_related("reports__reporter")
    if query.get("cause") in Cause.values:
        rows = rows.filter(cause=query["cause"])
    if query.get("kind"):
        rows = rows.filter(kind=query["kind"][:32])
    page = page_by_cursor(rows, order=("-created_at", "-id"), cursor=query.get("cursor"), limit=PAGE_SIZE)
    context = {
        "rows": review_rows(page.items),
        "next": page.next_cursor,
        "state": state,
        "states": ReviewState.choices,
        "causes": cause_choices(),
        "kinds": kind_choices(),
        "acts": ACTS,
        "replies": saved_replies(),
        "switch": emergency(),
        "query": urlencode({name: query[name] for name in FILTERS if query.get(name)}),
    }
    return render(request, "core/moderation/reviews.html", context)


@requires(MODERATOR)
@require_POST
def decide(request: HubRequest) -> HttpResponse:
    """Decide on the selected reviews, or on the one whose button was used."""
    act, _space, one = request.POST.get("one", "").partition(" ")
    data = request.POST.copy()
    data["act"] = act or data.get("act", "")
    form = DecisionForm(data)
    if not form.is_valid():
        raise BadRequest
    ids = _uuids([one] if one else request.POST.getlist("ids"))
    found = decide_many(
        actor=request.actor, public_ids=ids, act=Act(form.cleaned_data["act"]), statement=form.text()
    )
    refusals = [result for result in found.values() if isinstance(result, Refusal)]
    for words in dict.fromkeys(refusal.words for refusal in refusals):
        messages.error(request, words)
    count = len(found) - len(refusals)
    done = ngettext("%(count)s review decided.", "%(count)s reviews decided.", count) % {"count": count}
    if not found:
        messages.info(request, _("Select reviews first."))
    return post_response(request, _queue(request), done if count else "")


def _uuids(texts: list[str]) -> list[UUID]:
    try:
        return [UUID(text) for text in texts[:BULK_LIMIT]]
    except ValueError:
        raise BadRequest from None


def _queue(request: HubRequest) -> str:
    """Return the queue with the filters that the form was sent from."""
    query = request.POST.get("query", "")[:200]
    return f"/site/reviews?{query}" if query else "/site/reviews"


@requires(REVIEW_DECIDE)
@require_POST
def claim(request: HubRequest, review: ReviewItem) -> HttpResponse:
    with refusals_as_messages(request):
        claim_review(actor=request.actor, public_id=review.public_id, is_released="release" in request.POST)
    return post_response(request, _queue(request))


@requires(REVIEW_DECIDE)
@require_POST
def undo(request: HubRequest, review: ReviewItem) -> HttpResponse:
    with refusals_as_messages(request):
        undo_decision(actor=request.actor, public_id=review.public_id)
        return post_response(request, _queue(request), _("The decision was undone."))
    return post_response(request, _queue(request))
