"""The review queue."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.errors import Refusal
from apps.core.rest.body import query_choice, query_str, validated
from apps.core.rest.schema import CURSOR, LIMIT, in_path, in_query, operation
from apps.core.rest.view import ApiView, actor_of, list_response
from apps.core.web.policies import STAFF, requires

from ..models import Act, Cause, ReviewItem, ReviewState
from ..policies import MODERATOR, REVIEW_DECIDE, REVIEW_READ
from ..providers import views_of
from ..selectors import reviews_for
from ..services.queue import claim, decide, decide_many, undo
from .shapes import (
    BulkDecision,
    BulkDecisionCreate,
    DecisionCreate,
    DecisionPage,
    DecisionSerializer,
    Review,
    ReviewPage,
)

REVIEW_ID = in_path("review_id", "Id of the review.")


def serialize(items: Any, *, many: bool = False) -> Review:
    """Return reviews with what moderators see of their content, in one query for each kind."""
    rows: Sequence[ReviewItem] = list(items) if many else [items]
    context = {"views": views_of([item.content for item in rows])}
    return Review(rows if many else rows[0], many=many, context=context)


@requires(STAFF)
class Reviews(ApiView):
    @operation(
        "list_reviews",
        "moderation",
        ReviewPage,
        params=[
            CURSOR,
            LIMIT,
            in_query("state", ReviewState, "Only reviews in this state; open ones by default."),
            in_query("cause", Cause, "Only reviews with this cause."),
            in_query("kind", str, "Only content of this kind."),
        ],
    )
    def get(self, request: Request) -> Response:
        """List what waits for a moderator, newest first."""
        state = query_choice(request, "state", ReviewState.values, ReviewState.OPEN)
        rows = reviews_for(actor_of(request)).filter(state=state)
        if cause := query_choice(request, "cause", Cause.values):
            rows = rows.filter(cause=cause)
        if kind := query_str(request, "kind"):
            rows = rows.filter(kind=kind[:32])
        return list_response(request, rows, partial(serialize), order=("-created_at", "-id"))


@requires(REVIEW_READ)
class OneReview(ApiView):
    @operation("get_review", "moderation", Review, 404, params=[REVIEW_ID])
    def get(self, request: Request, review: ReviewItem) -> Response:
        """Get a review."""
        return Response(serialize(review).data)


@requires(REVIEW_READ, POST=REVIEW_DECIDE)
class Decisions(ApiView):
    @operation("list_decisions", "moderation", DecisionPage, 404, params=[REVIEW_ID, CURSOR, LIMIT])
    def get(self, request: Request, review: ReviewItem) -> Response:
        """List the decisions on a review, newest first."""
        return list_response(request, review.decisions.all(), DecisionSerializer, order=("-id",))

    @operation("decide_review", "moderation", Review, 404, 409, body=DecisionCreate, params=[REVIEW_ID])
    def post(self, request: Request, review: ReviewItem) -> Response:
        """Approve or decline what is in a review. It can be undone for some minutes."""
        data = validated(request, DecisionCreate)
        act, statement = Act(data["act"]), data.get("statement", "")
        decide(actor=actor_of(request), public_id=review.public_id, act=act, statement=statement)
        review.refresh_from_db()
        return Response(serialize(review).data)


@requires(MODERATOR)
class BulkDecisions(ApiView):
    @operation("decide_reviews", "moderation", BulkDecision, body=BulkDecisionCreate)
    def post(self, request: Request) -> Response:
        """Decide the same on up to 100 reviews, each by itself; the response says what became of each."""
        data = validated(request, BulkDecisionCreate)
        found = decide_many(
            actor=actor_of(request),
            public_ids=data["review_ids"],
            act=Act(data["act"]),
            statement=data.get("statement", ""),
        )
        items = [
            {"review_id": key, "is_decided": not isinstance(one, Refusal), "code": getattr(one, "code", "")}
            for key, one in found.items()
        ]
        return Response(BulkDecision({"items": items}).data)


@requires(REVIEW_DECIDE)
class Undo(ApiView):
    @operation("undo_decision", "moderation", Review, 404, 409, params=[REVIEW_ID])
    def post(self, request: Request, review: ReviewItem) -> Response:
        """Undo the latest decision on a review, within some minutes. Its content waits again."""
        undone = undo(actor=actor_of(request), public_id=review.public_id)
        return Response(serialize(undone).data)


@requires(REVIEW_DECIDE)
class Claim(ApiView):
    @operation("claim_review", "moderation", Review, 404, 409, params=[REVIEW_ID])
    def put(self, request: Request, review: ReviewItem) -> Response:
        """Claim a review for ten minutes: no other moderator decides on it meanwhile."""
        claim(actor=actor_of(request), public_id=review.public_id)
        review.refresh_from_db()
        return Response(serialize(review).data)

    @operation("release_review", "moderation", Review, 404, 409, params=[REVIEW_ID])
    def delete(self, request: Request, review: ReviewItem) -> Response:
        """Release a review that you claimed."""
        claim(actor=actor_of(request), public_id=review.public_id, is_released=True)
        review.refresh_from_db()
        return Response(serialize(review).data)
