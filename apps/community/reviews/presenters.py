"""What pages show of reviews, as frozen values."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe

from apps.community.feedback.access import is_author
from apps.core.actor import Actor
from apps.core.conversations.models import Post
from apps.core.conversations.presenters import html_of
from apps.core.conversations.selectors import first_posts
from apps.registry.repos.models import Repo

from .access import is_repo_owner
from .models import MOST_STARS, Review
from .selectors import Rating, own_helpful

# a search engine reads a handful; the page has them all
REVIEWS_IN_DATA = 10
# what could end the script element that holds the data
ESCAPES = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """A review in a list."""

    review: Review
    html: SafeString
    reply_html: SafeString
    stars: Sequence[bool]
    is_own: bool
    is_helpful: bool
    may_reply: bool


@dataclass(frozen=True, slots=True)
class RatingBar:
    """The share of reviews with a number of stars, 0 to 1."""

    stars: int
    count: int
    share: float


def review_rows(actor: Actor, reviews: Collection[Review]) -> list[ReviewRow]:
    texts, helpful = (
        first_posts([review.thread_id for review in reviews]),
        own_helpful(actor, [review.pk for review in reviews]),
    )
    return [_review_row(actor, review, texts.get(review.thread_id), helpful) for review in reviews]


def _review_row(actor: Actor, review: Review, text: Post | None, helpful: Collection[int]) -> ReviewRow:
    reply = review.reply if review.reply and review.reply.is_visible else None
    return ReviewRow(
        review,
        html_of(text) if text else SafeString(""),
        html_of(reply) if reply else SafeString(""),
        [number <= review.stars for number in range(1, MOST_STARS + 1)],
        is_author(actor, review.author_id),
        review.pk in helpful,
        is_repo_owner(actor, review),
    )


def rating_bars(rating: Rating) -> list[RatingBar]:
    most = max(1, rating.count)
    return [RatingBar(stars, count, count / most) for stars, count in rating.by_stars.items()]


def rating_data(repo: Repo, rating: Rating, rows: Sequence[ReviewRow]) -> SafeString:
    """Return a repository's rating and reviews as JSON-LD; empty without reviews.

    source  https://schema.org/AggregateRating, https://schema.org/Review
    """
    if rating.mean is None:
        return SafeString("")
    kind = "Dataset" if repo.kind == "dataset" else "SoftwareApplication"
    texts = first_posts([row.review.thread_id for row in rows[:REVIEWS_IN_DATA]])
    data = {
        "@context": "https://schema.org",
        "@type": kind,
        "name": repo.address.id,
        "url": f"{settings.PUBLIC_URL}{repo.get_absolute_url()}",
        "aggregateRating": {
            "@type": "AggregateRating",
            "ratingValue": round(rating.mean, 2),
            "reviewCount": rating.count,
            "bestRating": MOST_STARS,
            "worstRating": 1,
        },
        "review": [_review_data(row.review, texts) for row in rows[:REVIEWS_IN_DATA]],
    }
    return mark_safe(json.dumps(data, ensure_ascii=False).translate(ESCAPES))


def _review_data(review: Review, texts: Mapping[int, Post]) -> dict[str, Any]:
    text = texts.get(review.thread_id)
    return {
        "@type": "Review",
        "url": f"{settings.PUBLIC_URL}{review.get_absolute_url()}",
        "author": {"@type": "Person", "name": review.author.username if review.author else ""},
        "datePublished": review.created_at.isoformat(),
        "reviewBody": text.source if text else "",
        "reviewRating": {"@type": "Rating", "ratingValue": review.stars, "bestRating": MOST_STARS},
    }
