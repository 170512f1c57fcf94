"""Reviews of models and datasets."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core.conversations.models import Post, PostState, Thread
from apps.core.public_ids import ID_CHARACTERS, new_public_id
from apps.registry.repos.models import Repo

MOST_STARS = 5


class UseProof(models.TextChoices):
    """The record that proves that a reviewer used the repository."""

    NONE = "", _("Not verified")
    JOB = "job", _("Ran a job with it")
    DOWNLOAD = "download", _("Downloaded it")


class Review(models.Model):
    """A person's review of a repository; its text is the first post of its thread.

    state          of the first post
    commit_sha     revision that is reviewed
    use            what proves that the person used it
    reply          post of the owner that is shown below the review
    helpful_count  people who found it helpful
    """

    key = models.CharField(max_length=ID_CHARACTERS, unique=True, default=new_public_id, editable=False)
    repo = models.ForeignKey(Repo, on_delete=models.CASCADE, related_name="reviews")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="reviews"
    )
    thread = models.OneToOneField(Thread, on_delete=models.PROTECT, related_name="review")
    stars = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(MOST_STARS)])
    commit_sha = models.CharField(max_length=64, blank=True)
    use = models.CharField(max_length=16, choices=UseProof, default=UseProof.NONE, blank=True)
    state = models.CharField(max_length=16, choices=PostState, default=PostState.VISIBLE)
    reply = models.ForeignKey(Post, on_delete=models.SET_NULL, null=True, related_name="+")
    helpful_count = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    edited_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["repo", "author"], name="one_review_per_person"),
            models.CheckConstraint(
                condition=Q(stars__gte=1, stars__lte=MOST_STARS), name="review_has_one_to_five_stars"
            ),
        ]
        indexes = [
            models.Index(
                fields=["repo", "helpful_count", "created_at", "id"],
                condition=Q(state=PostState.VISIBLE),
                include=["stars"],
                name="reviews_by_helpfulness",
            ),
            models.Index(
                fields=["repo", "created_at", "id"],
                condition=Q(state=PostState.VISIBLE),
                name="reviews_by_creation",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.author_id} on {self.repo_id}: {self.stars}"

    def get_absolute_url(self) -> str:
        return f"/feedback/reviews/{self.key}"


class ReviewVersion(models.Model):
    """A former rating of a review.

    revision  of the post with the text that belonged to it
    """

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="versions")
    stars = models.PositiveSmallIntegerField()
    commit_sha = models.CharField(max_length=64, blank=True)
    revision = models.PositiveIntegerField()
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.review_id}: {self.stars}"


class HelpfulVote(models.Model):
    """A person found a review helpful."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="helpful_votes")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["review", "user"], name="one_helpful_vote_per_person")]

    def __str__(self) -> str:
        return f"{self.user_id} for {self.review_id}"
