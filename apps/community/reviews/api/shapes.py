"""Resources and bodies of the REST API of reviews."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.community.feedback.api.shapes import MOMENT, REPO, ReviewedRepo
from apps.core.conversations.models import SOURCE_LIMIT_CHARACTERS
from apps.core.rest.body import Body, StrictCharField, StrictIntegerField
from apps.core.rest.fields import ModelResource, NamedChoiceField, PathField, Resource
from apps.core.rest.schema import page_of, with_example

from ..models import MOST_STARS, Review, UseProof

STARS = "1 to 5."
REVIEW = {
    "id": "0f1e2d3c4b5a6978",
    "repo": REPO,
    "author": "member",
    "stars": 5,
    "text": "It works.",
    "html": "<p>It works.</p>",
    "commit_sha": "a" * 40,
    "verified_by": "job",
    "state": "visible",
    "reply": None,
    "helpful_count": 3,
    "viewer_finds_helpful": False,
    "created_at": MOMENT,
    "edited_at": None,
    "url": "/feedback/reviews/0f1e2d3c4b5a6978",
}


@with_example(REVIEW)
class RepoReview(ModelResource):
    """A review of a model or dataset."""

    id = serializers.CharField(source="key")
    repo = ReviewedRepo(help_text="The repository that it is about.")
    author = serializers.SerializerMethodField(help_text="Username; null if the account was deleted.")
    text = serializers.CharField(source="post.source", help_text="Markdown.")
    html = serializers.CharField(source="post.html", help_text="The text, rendered and clean.")
    verified_by = NamedChoiceField(UseProof, empty="none", source="use", help_text="What proves the use.")
    reply = serializers.SerializerMethodField(help_text="Markdown of the owner's answer.")
    viewer_finds_helpful = serializers.BooleanField(help_text="Whether you found it helpful.")
    url = PathField(source="get_absolute_url", help_text="Path of its page.")

    class Meta:
        model = Review
        fields = tuple(REVIEW)
        extra_kwargs = {
            "stars": {"help_text": STARS},
            "commit_sha": {"help_text": "Revision that was reviewed."},
            "helpful_count": {"help_text": "People who found it helpful."},
            "edited_at": {"help_text": "null if it was never changed."},
        }

    def get_author(self, review: Review) -> str | None:
        return review.author.username if review.author else None

    def get_reply(self, review: Review) -> str | None:
        return review.reply.source if review.reply and review.reply.is_visible else None


@with_example(
    {"mean_stars": 4.5, "total_count": 2, "counts": [{"stars": 5, "count": 1}, {"stars": 4, "count": 1}]}
)
class RatingSummary(Resource):
    """The visible reviews of a repository in numbers."""

    mean_stars = serializers.FloatField(source="mean", allow_null=True, help_text="null without reviews.")
    total_count = serializers.IntegerField(source="count")
    counts = serializers.SerializerMethodField(help_text="Number of reviews by stars, most stars first.")

    def get_counts(self, rating: Any) -> list[dict[str, int]]:
        return [{"stars": stars, "count": count} for stars, count in rating.by_stars.items()]


@with_example({"stars": 5, "text": "It works."})
class RepoReviewCreate(Body):
    """A new review."""

    stars = StrictIntegerField(min_value=1, max_value=MOST_STARS, help_text=STARS)
    text = StrictCharField(max_length=SOURCE_LIMIT_CHARACTERS, help_text="Markdown.")
    commit_sha = serializers.RegexField(
        "^[0-9a-f]{40,64}$",
        required=False,
        allow_null=True,
        help_text="Revision that is reviewed; the newest one if absent.",
    )


@with_example({"stars": 4})
class RepoReviewUpdate(Body):
    """Changes to a review; what is absent stays."""

    stars = StrictIntegerField(min_value=1, max_value=MOST_STARS, required=False, help_text=STARS)
    text = StrictCharField(max_length=SOURCE_LIMIT_CHARACTERS, required=False, help_text="Markdown.")
    commit_sha = serializers.RegexField(
        "^[0-9a-f]{40,64}$", required=False, help_text="Revision that is reviewed."
    )


@with_example({"text": "Thank you"})
class RepoReviewReply(Body):
    """The owner's answer to a review."""

    text = StrictCharField(max_length=SOURCE_LIMIT_CHARACTERS, help_text="Markdown.")


RepoReviewPage = page_of(RepoReview, "RepoReviewPage")
