"""Reviews of models and datasets: one a person, pinned to a revision, answered by the owner."""

import json
import re

import pytest
from django.db.models import Avg

from apps.community.reviews import services as reviews
from apps.community.reviews.errors import OwnRepo, OwnReview, ReviewExists
from apps.community.reviews.models import Review, UseProof
from apps.community.reviews.selectors import rating_of
from apps.core.conversations.models import Post, PostState, Thread
from apps.core.conversations.services.posts import hide_post
from apps.core.errors import Forbidden
from apps.registry.repos.services.downloads import count_download
from apps.toolchain.contracts import PinnedRepo
from apps.toolchain.jobs.models import Job, JobState
from tests.api.feedback_makers import a_review
from tests.api.matrix import session_of
from tests.job_makers import DATASET, a_job
from tests.makers import a_repo

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_store")]

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


def a_finished_job(person, repo) -> None:
    """Submit a job with a repository as its model, as one that succeeded."""
    model = PinnedRepo("model", repo.address.id, "a" * 40, str(repo.pk))
    job = a_job(person, inputs={"model": model, "dataset": DATASET})
    Job.objects.filter(pk=job.pk).update(state=JobState.SUCCEEDED)


def text_of(response) -> str:
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def send(client, method, path, person, body=None):
    """Send a request with a JSON body."""
    data = json.dumps(body) if body is not None else b""
    return client.generic(method, path, data, "application/json", headers=person.headers)


def test_a_person_reviews_a_repository_once(cast):
    repo = a_repo(cast.owner)
    review = a_review(cast.stranger, repo)

    with pytest.raises(ReviewExists) as refused:
        a_review(cast.stranger, repo)
    with pytest.raises(OwnRepo):
        a_review(cast.owner, repo)

    assert refused.value.facts == {"key": review.key}
    assert review.use == UseProof.NONE


def test_an_edited_review_keeps_its_former_rating_and_text(cast):
    review = a_review(cast.stranger, a_repo(cast.owner), 2, "Slow")

    reviews.update_review(actor=cast.stranger.actor, key=review.key, stars=5, source="Fast now")

    former = review.versions.get()
    post = reviews.text_of(review)
    assert (former.stars, former.revision) == (2, 1)
    assert (post.source, post.revisions.get().source) == ("Fast now", "Slow")
    with pytest.raises(Forbidden):
        reviews.update_review(actor=cast.owner.actor, key=review.key, stars=1)


def test_use_is_verified_by_a_download_on_record_and_better_by_a_job(cast):
    repo = a_repo(cast.owner)
    count_download(repo, cast.stranger.user.pk)
    count_download(repo)

    assert a_review(cast.stranger, repo).use == UseProof.DOWNLOAD
    review = a_review(cast.member, repo)
    assert review.use == UseProof.NONE
    a_finished_job(cast.member, repo)
    assert reviews.update_review(actor=cast.member.actor, key=review.key, stars=5).use == UseProof.JOB


def test_the_rating_is_the_mean_of_the_visible_reviews(cast):
    repo = a_repo(cast.owner)
    for person, stars in [(cast.member, 5), (cast.stranger, 2), (cast.staff, 4)]:
        a_review(person, repo, stars)

    hidden = Review.objects.get(author=cast.stranger.user)
    hide_post(actor=cast.staff.actor, post_id=reviews.text_of(hidden).pk)

    visible = Review.objects.filter(state=PostState.VISIBLE)
    rating = rating_of(repo)
    assert (rating.count, rating.mean) == (2, visible.aggregate(mean=Avg("stars"))["mean"])


def test_a_deleted_review_can_be_written_anew(cast):
    repo = a_repo(cast.owner)
    review = a_review(cast.stranger, repo, 1)

    reviews.delete_review(actor=cast.stranger.actor, key=review.key)
    assert rating_of(repo).count == 0
    again = a_review(cast.stranger, repo, 3, "Better")

    assert (again.pk, again.stars, rating_of(repo).mean) == (review.pk, 3, 3)


def test_the_owner_answers_a_review(cast):
    review = a_review(cast.stranger, a_repo(cast.owner))

    reviews.reply_to_review(actor=cast.owner.actor, key=review.key, source="Thanks")
    changed = reviews.reply_to_review(actor=cast.owner.actor, key=review.key, source="Thank you")
    with pytest.raises(Forbidden):
        reviews.reply_to_review(actor=cast.member.actor, key=review.key, source="Hello")

    assert changed.reply.source == "Thank you"
    assert Post.objects.count() == 2


def test_a_review_is_helpful_to_a_person_once_and_not_to_its_author(cast):
    review = a_review(cast.stranger, a_repo(cast.owner))

    for is_helpful in (True, True, False, True):
        reviews.mark_helpful(actor=cast.member.actor, key=review.key, is_helpful=is_helpful)
    with pytest.raises(OwnReview):
        reviews.mark_helpful(actor=cast.stranger.actor, key=review.key)

    review.refresh_from_db()
    assert review.helpful_count == 1


def test_a_person_reviews_a_repository_and_its_owner_answers(client, cast):
    repo = a_repo(cast.owner)
    stranger, owner = session_of(cast.stranger), session_of(cast.owner)

    page = stranger.post(f"{repo.get_absolute_url()}/reviews", {"stars": "4", "source": "It works"})[
        "Location"
    ]
    assert stranger.post(f"{repo.get_absolute_url()}/reviews", {"stars": "9"}).status_code == 422
    owner.post(f"{page}/reply", {"source": "Thank you"})
    session_of(cast.member).post(f"{page}/helpful", {"helpful": "yes"})
    stranger.post(f"{page}/edit", {"stars": "5", "source": "It works well"})

    shown = text_of(client.get(f"{repo.get_absolute_url()}/community"))
    assert 'data-stars="5"' in shown
    assert "Thank you" in shown
    assert Review.objects.get().helpful_count == 1
    assert 'data-list="versions"' in text_of(client.get(page))
    stranger.post(f"{page}/delete")
    assert "It works well" not in text_of(client.get(f"{repo.get_absolute_url()}/community"))


def rating_data(page: str) -> dict | None:
    found = re.search(r'<script type="application/ld\+json" id="rating-data">(.*?)</script>', page, re.DOTALL)
    return json.loads(found[1]) if found else None


def test_hiding_a_review_updates_the_structured_data(client, cast):
    repo = a_repo(cast.owner)
    a_review(cast.member, repo, 5, HOSTILE)
    hidden = a_review(cast.stranger, repo, 1)
    path = f"{repo.get_absolute_url()}/community"
    before = rating_data(text_of(client.get(path)))

    hide_post(actor=cast.staff.actor, post_id=reviews.text_of(hidden).pk)

    after = rating_data(text_of(client.get(path)))
    assert (before["aggregateRating"]["ratingValue"], before["aggregateRating"]["reviewCount"]) == (3, 2)
    assert (after["aggregateRating"]["ratingValue"], after["aggregateRating"]["reviewCount"]) == (5, 1)
    assert [one["reviewBody"] for one in after["review"]] == [HOSTILE]


def test_a_review_is_written_answered_and_rated(client, cast):
    repo = a_repo(cast.owner)
    path = f"/api/v1/repos/model/{repo.address.id}"

    made = send(client, "POST", f"{path}/reviews", cast.stranger, {"stars": 4, "text": "It works"})
    review = made["Location"]
    a_review(cast.member, repo, 1)

    assert (made.status_code, made.json()["verified_by"]) == (201, "none")
    assert (
        send(client, "POST", f"{path}/reviews", cast.stranger, {"stars": 1, "text": "x"}).status_code == 409
    )
    assert send(client, "POST", f"{path}/reviews", cast.owner, {"stars": 5, "text": "x"}).status_code == 403
    rating = client.get(f"{path}/rating").json()
    assert (rating["mean_stars"], rating["total_count"], rating["counts"][0]) == (
        2.5,
        2,
        {"stars": 5, "count": 0},
    )
    assert send(client, "PATCH", review, cast.stranger, {"stars": 5}).json()["stars"] == 5
    assert send(client, "PUT", f"{review}/reply", cast.owner, {"text": "Thanks"}).json()["reply"] == "Thanks"
    assert send(client, "PUT", f"{review}/helpful", cast.member).json()["viewer_finds_helpful"] is True
    listed = client.get(f"{path}/reviews").json()["items"]
    assert [one["stars"] for one in listed] == [5, 1]
    assert send(client, "DELETE", f"{review}/helpful", cast.member).json()["helpful_count"] == 0
    assert send(client, "DELETE", review, cast.stranger).status_code == 204
    assert client.get(review).status_code == 401
    assert Review.objects.count() == 2


def test_conversations_of_reviews_go_with_their_repository(cast):
    a_review(cast.stranger, a_repo(cast.owner))
    Review.objects.all().delete()

    assert reviews.delete_orphaned_threads() == 1
    assert not Thread.objects.exists()
