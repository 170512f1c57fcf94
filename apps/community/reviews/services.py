"""Reviews of models and datasets."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.community.feedback.access import TEAM_NEED, check_writer, is_author
from apps.core.actor import Actor, Need
from apps.core.conversations.models import Post, PostState, Thread
from apps.core.conversations.selectors import first_post
from apps.core.conversations.services.posts import (
    add_post,
    delete_post,
    edit_post,
    judge_post,
    restore_post,
    write_post,
)
from apps.core.conversations.services.threads import create_thread
from apps.core.errors import Forbidden, ValidationFailed
from apps.core.moderation.services.rules import Facts
from apps.registry.repos.access import repo_for
from apps.registry.repos.addresses import Address, RepoKind
from apps.registry.repos.models import Repo

from .access import edited_review, is_repo_owner, review_for
from .errors import OwnRepo, OwnReview, ReviewExists, ReviewNotFound
from .models import MOST_STARS, HelpfulVote, Review, ReviewVersion
from .selectors import proof_of_use

THREAD_KIND = "review"
REVIEWED_KINDS = (RepoKind.MODEL, RepoKind.DATASET)


@transaction.atomic
def write_review(
    *,
    actor: Actor,
    address: Address,
    stars: int,
    source: str,
    commit_sha: str = "",
    is_held: bool = False,
    facts: Facts | None = None,
) -> Review:
    """Review a model or dataset that others own, once; a deleted review is written anew.

    Moderation may hold it: then only its author and moderators see it.

    commit_sha  revision that is reviewed; the newest one if empty
    is_held     it waits for a moderator, whatever moderation says
    facts       what moderation can know of the request
    raises      RepoNotFound, OwnRepo, ReviewExists, ValidationFailed, EmptyPost, PostTooLong,
                Unauthenticated, Forbidden, TokenScope; Silenced, Banned, PostingPaused, NewAccountLimit
    """
    check_writer(actor)
    repo = repo_for(actor, address, Need.SEE)
    _check_reviewable(actor, repo)
    _check_stars(stars)
    sha = commit_sha or repo.head
    former = Review.objects.filter(repo=repo, author_id=actor.user_id).first()
    if former is not None:
        return _write_again(actor, former, stars, source, sha)
    review = _insert(actor, repo, stars, sha)
    outcome = judge_post(actor, review.thread, source, facts or Facts(starts_thread=True))
    write_post(review.thread, actor.user_id, source, is_held=is_held or outcome.is_held, outcome=outcome)
    review.refresh_from_db(fields=["state"])
    return review


def _insert(actor: Actor, repo: Repo, stars: int, commit_sha: str) -> Review:
    try:
        with transaction.atomic():
            return Review.objects.create(
                repo=repo,
                author_id=actor.user_id,
                thread=create_thread(THREAD_KIND),
                stars=stars,
                commit_sha=commit_sha,
                use=proof_of_use(actor.user_id, repo),
                state=PostState.HELD,
            )
    except IntegrityError:
        raise ReviewExists from None


def _check_reviewable(actor: Actor, repo: Repo) -> None:
    if repo.kind not in REVIEWED_KINDS:
        raise ValidationFailed(_("Only models and datasets have reviews."))
    if works_on(actor, repo):
        raise OwnRepo


def works_on(actor: Actor, repo: Repo) -> bool:
    """Return whether the actor is one of the people whose work a review would judge."""
    return actor.roles.get(repo.namespace_id, -1) >= TEAM_NEED


def _check_stars(stars: int) -> None:
    if not 1 <= stars <= MOST_STARS:
        sentence = _("Give 1 to %(most)s stars.") % {"most": MOST_STARS}
        raise ValidationFailed(sentence, fields={"stars": sentence})


def _write_again(actor: Actor, review: Review, stars: int, source: str, commit_sha: str) -> Review:
    if review.state != PostState.DELETED:
        raise ReviewExists(key=review.key)
    restore_post(actor=actor, post_id=text_of(review).pk)
    return update_review(actor=actor, key=review.key, stars=stars, source=source, commit_sha=commit_sha)


@transaction.atomic
def update_review(
    *,
    actor: Actor,
    key: str,
    stars: int | None = None,
    source: str | None = None,
    commit_sha: str | None = None,
) -> Review:
    """Change one's review; the former rating and text are kept.

    raises  ReviewNotFound, ValidationFailed, EmptyPost, PostTooLong, Forbidden, Unauthenticated, TokenScope
    """
    Thread.objects.select_for_update().get(pk=edited_review(actor, key).thread_id)
    review = edited_review(actor, key, lock=True)
    post = text_of(review)
    new_stars = review.stars if stars is None else stars
    new_sha = review.commit_sha if commit_sha is None else commit_sha
    _check_stars(new_stars)
    ReviewVersion.objects.create(
        review=review,
        stars=review.stars,
        commit_sha=review.commit_sha,
        revision=post.revision,
        created_at=review.edited_at or review.created_at,
    )
    if source is not None:
        edit_post(actor=actor, post_id=post.pk, source=source, revision=post.revision)
    review.stars, review.commit_sha, review.edited_at = new_stars, new_sha, timezone.now()
    review.use = proof_of_use(actor.user_id, review.repo)
    review.save(update_fields=["stars", "commit_sha", "edited_at", "use"])
    return review


@transaction.atomic
def delete_review(*, actor: Actor, key: str) -> None:
    """Delete one's review; nobody else sees it any more.

    raises  ReviewNotFound, Forbidden, Unauthenticated, TokenScope
    """
    review = edited_review(actor, key)
    delete_post(actor=actor, post_id=text_of(review).pk)


@transaction.atomic
def reply_to_review(*, actor: Actor, key: str, source: str, facts: Facts | None = None) -> Review:
    """Answer a review for the owner of the repository, or change the answer.

    raises  ReviewNotFound, EmptyPost, PostTooLong, Forbidden, Unauthenticated, TokenScope
    """
    check_writer(actor)
    Thread.objects.select_for_update().get(pk=review_for(actor, key).thread_id)
    review = review_for(actor, key, lock=True)
    if not is_repo_owner(actor, review):
        raise Forbidden
    former = review.reply
    if former is not None and former.state == PostState.VISIBLE and former.author_id == actor.user_id:
        edit_post(actor=actor, post_id=former.pk, source=source, revision=former.revision)
        return review_for(actor, key)
    review.reply = add_post(actor=actor, thread_id=review.thread_id, source=source, facts=facts)
    review.save(update_fields=["reply"])
    return review


@transaction.atomic
def mark_helpful(*, actor: Actor, key: str, is_helpful: bool = True) -> Review:
    """Say that a review helped, or take it back; once a person.

    raises  ReviewNotFound, OwnReview, Unauthenticated, Forbidden, TokenScope
    """
    check_writer(actor)
    review = review_for(actor, key, lock=True)
    if is_author(actor, review.author_id):
        raise OwnReview
    user_id = actor.user_id or 0
    if is_helpful:
        _row, is_changed = HelpfulVote.objects.get_or_create(review=review, user_id=user_id)
    else:
        is_changed = bool(HelpfulVote.objects.filter(review=review, user_id=user_id).delete()[0])
    if is_changed:
        review.helpful_count += 1 if is_helpful else -1
        review.save(update_fields=["helpful_count"])
    return review


def text_of(review: Review) -> Post:
    """Return the post with the text of a review.

    raises  ReviewNotFound
    """
    post = first_post(review.thread_id)
    if post is None:
        raise ReviewNotFound
    return post


def follow_post(post: Post) -> None:
    """Bring a review in line with its text, in the same transaction."""
    first = first_post(post.thread_id)
    if first is not None and first.pk == post.pk:
        Review.objects.filter(thread_id=post.thread_id).update(state=post.state)


def delete_orphaned_threads() -> int:
    """Delete the conversations of reviews that went with their repository; return how many."""
    ids = list(Thread.objects.filter(kind=THREAD_KIND, review=None).values_list("pk", flat=True)[:1000])
    Thread.objects.filter(pk__in=ids).delete()
    return len(ids)
