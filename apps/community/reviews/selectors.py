"""Reviews of a repository and their summary."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db.models import Count, QuerySet

from apps.core.actor import Actor
from apps.core.conversations.models import PostState
from apps.registry.repos.models import Repo
from apps.registry.repos.selectors.downloads import has_downloaded
from apps.toolchain.jobs.models import Direction, JobState, Lineage

from .access import visible_reviews
from .models import MOST_STARS, HelpfulVote, Review, UseProof

HELPFUL_ORDER = ("-helpful_count", "-created_at", "-id")
NEW_ORDER = ("-created_at", "-id")
ORDERS = {"helpful": HELPFUL_ORDER, "new": NEW_ORDER}


@dataclass(frozen=True, slots=True)
class Rating:
    """The visible reviews of a repository in numbers.

    by_stars  number of reviews by stars, most stars first
    """

    by_stars: Mapping[int, int]

    @property
    def count(self) -> int:
        return sum(self.by_stars.values())

    @property
    def mean(self) -> float | None:
        """The mean number of stars; None without reviews."""
        total = sum(stars * count for stars, count in self.by_stars.items())
        return total / self.count if self.count else None


def rating_of(repo: Repo) -> Rating:
    """Count the visible reviews of a repository by stars."""
    rows = Review.objects.filter(repo=repo, state=PostState.VISIBLE).order_by().values_list("stars")
    found = dict(rows.annotate(count=Count("pk")))
    return Rating({stars: found.get(stars, 0) for stars in range(MOST_STARS, 0, -1)})


def reviews_for(actor: Actor, repo: Repo | None = None, *, author: str = "") -> QuerySet[Review]:
    """Return the visible reviews of repositories that the actor may see, of one if it is given."""
    rows = visible_reviews(actor).filter(state=PostState.VISIBLE)
    if repo is not None:
        rows = rows.filter(repo=repo)
    if author:
        rows = rows.filter(author__namespace__key=author.casefold())
    return rows


def viewed_review(actor: Actor, key: str) -> Review:
    """Return a review that the actor may see."""
    return visible_reviews(actor).get(key=key)


def own_review(actor: Actor, repo: Repo) -> Review | None:
    """Return the actor's review of a repository, whatever its state."""
    if actor.user_id is None:
        return None
    return visible_reviews(actor).filter(repo=repo, author_id=actor.user_id).first()


def own_helpful(actor: Actor, review_ids: Collection[int]) -> set[int]:
    """Return those of the reviews that the actor found helpful."""
    if actor.user_id is None:
        return set()
    rows = HelpfulVote.objects.filter(review_id__in=review_ids, user_id=actor.user_id)
    return set(rows.values_list("review_id", flat=True))


def proof_of_use(user_id: int | None, repo: Repo) -> UseProof:
    """Return what proves that a person used a repository: a job of theirs that succeeded, or a download."""
    if user_id is None:
        return UseProof.NONE
    rows = Lineage.objects.filter(repo_key=repo.pk, direction=Direction.INPUT)
    if rows.filter(job__submitted_by_id=user_id, job__state=JobState.SUCCEEDED).exists():
        return UseProof.JOB
    return UseProof.DOWNLOAD if has_downloaded(user_id, repo) else UseProof.NONE
