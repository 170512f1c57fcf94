"""REST API of reviews."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import models
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.actor import Actor
from apps.core.conversations.selectors import first_posts
from apps.core.moderation.services.rules import Facts
from apps.core.rest.body import query_choice, query_str, validated
from apps.core.rest.schema import CURSOR, LIMIT, in_path, in_query, operation
from apps.core.rest.view import ApiView, actor_of, created, limit_of, no_content, page_response
from apps.core.web.pagination import page_by_cursor
from apps.core.web.policies import requires
from apps.core.web.rate_limits import client_ip
from apps.registry.repos.api.repo_view import ADDRESS
from apps.registry.repos.models import Repo
from apps.registry.repos.policies import REPO_SEE

from ..models import Review
from ..policies import REPO_REVIEW, REVIEW_EDIT, REVIEW_SEE, REVIEW_WRITE
from ..selectors import own_helpful, rating_of, reviews_for, viewed_review
from ..services import delete_review, mark_helpful, reply_to_review, update_review, write_review
from .shapes import (
    RatingSummary,
    RepoReview,
    RepoReviewCreate,
    RepoReviewPage,
    RepoReviewReply,
    RepoReviewUpdate,
)

REVIEW_ID = in_path("review_key", "Id of the review.")


class ReviewSort(models.TextChoices):
    """Property that a list of reviews is sorted by."""

    HELPFUL_COUNT = "helpful_count"
    CREATED_AT = "created_at"


ORDERS = {
    ReviewSort.HELPFUL_COUNT: ("-helpful_count", "-created_at", "-id"),
    ReviewSort.CREATED_AT: ("-created_at", "-id"),
}


def review_path(review: Review) -> str:
    return f"/api/v1/feedback/reviews/{review.key}"


def _complete(actor: Actor, reviews: Sequence[Review]) -> Sequence[Review]:
    """Give reviews their texts, and whether the actor finds them helpful."""
    texts, helpful = (
        first_posts([review.thread_id for review in reviews]),
        own_helpful(actor, [review.pk for review in reviews]),
    )
    for review in reviews:
        facts: dict[str, Any] = {
            "post": texts[review.thread_id],
            "viewer_finds_helpful": review.pk in helpful,
        }
        review.__dict__.update(facts)
    return reviews


def _data(request: Request, key: str) -> Any:
    actor = actor_of(request)
    return RepoReview(_complete(actor, [viewed_review(actor, key)])[0]).data


@requires(REPO_SEE, POST=REPO_REVIEW)
class RepoReviews(ApiView):
    @operation(
        "list_repo_reviews",
        "reviews",
        RepoReviewPage,
        404,
        params=[
            *ADDRESS,
            in_query("sort", ReviewSort, "Highest first. Default: helpful_count."),
            CURSOR,
            LIMIT,
        ],
    )
    def get(self, request: Request, repo: Repo) -> Response:
        """List the reviews of a repository."""
        actor = actor_of(request)
        sort = ReviewSort(query_choice(request, "sort", ReviewSort.values) or ReviewSort.HELPFUL_COUNT)
        page = page_by_cursor(
            reviews_for(actor, repo),
            order=ORDERS[sort],
            cursor=query_str(request, "cursor"),
            limit=limit_of(request),
        )
        _complete(actor, page.items)
        return page_response(page, RepoReview)

    @operation(
        "create_repo_review",
        "reviews",
        RepoReview,
        404,
        409,
        status=201,
        body=RepoReviewCreate,
        params=ADDRESS,
    )
    def post(self, request: Request, repo: Repo) -> Response:
        """Review a model or dataset that others own, once."""
        facts = validated(request, RepoReviewCreate)
        review = write_review(
            actor=actor_of(request),
            address=repo.address,
            stars=facts["stars"],
            source=facts["text"],
            commit_sha=facts.get("commit_sha") or "",
            facts=Facts(starts_thread=True, ip=client_ip(request._request)),
        )
        return created(_data(request, review.key), review_path(review))


@requires(REPO_SEE)
class RepoRating(ApiView):
    @operation("get_rating", "reviews", RatingSummary, 404, params=ADDRESS)
    def get(self, request: Request, repo: Repo) -> Response:
        """Get the mean of the visible reviews of a repository."""
        return Response(RatingSummary(rating_of(repo)).data)


@requires(REVIEW_SEE, PATCH=REVIEW_EDIT, DELETE=REVIEW_EDIT)
class OneReview(ApiView):
    volatile = frozenset({"helpful_count"})

    @operation("get_repo_review", "reviews", RepoReview, 404, params=[REVIEW_ID])
    def get(self, request: Request, review: Review) -> Response:
        """Get a review."""
        return Response(_data(request, review.key))

    @operation("update_repo_review", "reviews", RepoReview, 404, body=RepoReviewUpdate, params=[REVIEW_ID])
    def patch(self, request: Request, review: Review) -> Response:
        """Change your review; the former rating and text are kept."""
        facts = validated(request, RepoReviewUpdate)
        text = facts.pop("text", None)
        update_review(actor=actor_of(request), key=review.key, source=text, **facts)
        return Response(_data(request, review.key))

    @operation("delete_repo_review", "reviews", None, 404, 409, status=204, params=[REVIEW_ID])
    def delete(self, request: Request, review: Review) -> Response:
        """Delete your review."""
        delete_review(actor=actor_of(request), key=review.key)
        return no_content()


@requires(REVIEW_WRITE)
class ReviewHelpful(ApiView):
    @operation("mark_repo_review_helpful", "reviews", RepoReview, 404, params=[REVIEW_ID])
    def put(self, request: Request, review: Review) -> Response:
        """Say that a review helped you."""
        mark_helpful(actor=actor_of(request), key=review.key)
        return Response(_data(request, review.key))

    @operation("unmark_repo_review_helpful", "reviews", RepoReview, 404, params=[REVIEW_ID])
    def delete(self, request: Request, review: Review) -> Response:
        """Take back that a review helped you."""
        mark_helpful(actor=actor_of(request), key=review.key, is_helpful=False)
        return Response(_data(request, review.key))


@requires(REVIEW_WRITE)
class OwnerReply(ApiView):
    @operation("reply_to_repo_review", "reviews", RepoReview, 404, body=RepoReviewReply, params=[REVIEW_ID])
    def put(self, request: Request, review: Review) -> Response:
        """Answer a review for the owner of its repository, or change the answer."""
        source = validated(request, RepoReviewReply)["text"]
        facts = Facts(ip=client_ip(request._request))
        reply_to_review(actor=actor_of(request), key=review.key, source=source, facts=facts)
        return Response(_data(request, review.key))
