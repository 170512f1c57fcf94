"""Which xorbs a shard may reference: those that the caller sent or may read."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.core.actor import Actor, ActorKind, Grant, Need, Scope
from apps.registry.blobs.known import REMEMBERED
from apps.registry.blobs.models import KnownXorb, RepoObject, RepoXorb, Xorb
from apps.registry.blobs.services import sweep_uploads
from apps.registry.protocols.xet.tokens import uploader_of
from tests.api.xet_calls import XetClient
from tests.makers import a_repo
from tests.xet_samples import SampleFile, SampleTerm, SampleXorb, a_shard, noise_bytes, split_chunks

pytestmark = pytest.mark.usefixtures("own_store")

SECRET = SampleXorb([b"database_password=hunter4242\n"])
GUESS = SampleFile.whole(SECRET)
LARGE = SampleXorb(split_chunks(noise_bytes(200_000), 30_000), [0, 1, 0, 1, 0, 0, 1])


@pytest.fixture
def owner(client, cast):
    """The owner, with a private repository that holds the secret."""
    xet = XetClient(client, a_repo(cast.owner, is_private=True), cast.owner)
    xet.send_file(GUESS)
    return xet


@pytest.fixture
def stranger(client, cast):
    return XetClient(client, a_repo(cast.stranger, "lair"), cast.stranger)


def without_hashes(text: str) -> str:
    return re.sub("[0-9a-f]{64}", "…", text)


def test_a_right_guess_is_answered_like_a_wrong_one(owner, stranger):
    wrong = SampleFile.whole(SampleXorb([b"database_password=hunter4241\n"]))

    answers = [stranger.post("/v1/shards", a_shard([file], [file.terms[0].xorb])) for file in (GUESS, wrong)]
    frames = [stranger.send_shard(a_shard([file])) for file in (GUESS, wrong)]

    assert [answer.status_code for answer in answers] == [400, 400]
    assert without_hashes(answers[0].json()["error"]) == without_hashes(answers[1].json()["error"])
    assert without_hashes(str(frames[0])) == without_hashes(str(frames[1]))
    assert not RepoObject.objects.filter(repo_key=stranger.repo.pk).exists()
    assert not KnownXorb.objects.filter(user_id=stranger.person.user.pk).exists()


def test_a_right_guess_costs_the_same_queries_as_a_wrong_one(owner, stranger):
    wrong = SampleFile.whole(SampleXorb([b"database_password=hunter4241\n"]))
    bearer, kinds = stranger.bearer("write"), []

    for file in (wrong, GUESS, wrong):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            stranger.client.post(
                "/xet/g1/v1/shards", a_shard([file]), content_type="application/octet-stream", headers=bearer
            )
        kinds.append([re.sub("'[^']*'", "?", query["sql"]) for query in queries])

    assert kinds[1] == kinds[2]


def test_a_guess_gets_no_grant_and_no_deduplication(owner, stranger):
    from apps.registry.blobs.xet.hashes import to_text

    chunk = to_text(SECRET.leaves[0][0])

    assert owner.get(f"/v1/chunks/default/{chunk}", "write").status_code == 200
    assert stranger.get(f"/v1/chunks/default/{chunk}", "write").status_code == 404
    assert stranger.post(f"/v1/xorb-grants/default/{SECRET.text}", b"{}").status_code == 404


def test_uploading_a_known_xorb_makes_it_usable(owner, stranger):
    new = SampleXorb([noise_bytes(5000)])

    answers = [stranger.send_xorb(xorb) for xorb in (SECRET, new)]

    assert (answers[0].status_code, answers[0].content) == (answers[1].status_code, answers[1].content)
    assert stranger.send_shard(a_shard([GUESS]))[-1] == {"type": "result"}


def test_the_same_chunks_packed_in_another_way_are_taken_and_change_nothing(owner, stranger):
    plain, packed = SampleXorb([bytes(50_000)], [0]), SampleXorb([bytes(50_000)], [1])
    owner.send_file(SampleFile.whole(packed))

    assert stranger.send_xorb(plain).status_code == 200

    assert Xorb.objects.get(pk=plain.text).size == len(packed.body)
    assert stranger.send_shard(a_shard([SampleFile.whole(plain)]))[-1] == {"type": "result"}


def test_an_own_xorb_may_be_named_in_another_own_repository(owner, client, cast):
    second = XetClient(client, a_repo(cast.owner, "second"), cast.owner)

    assert second.send_shard(a_shard([GUESS]))[-1] == {"type": "result"}


def test_xorbs_named_in_a_repository_are_unknown_to_its_other_writers(client, cast):
    private = XetClient(client, a_repo(cast.owner, "private", is_private=True), cast.owner)
    shared = a_repo(cast.owner, "shared", namespace="grove")
    private.send_file(SampleFile.whole(LARGE))
    part = SampleFile([SampleTerm(LARGE, 0, 2)])
    rest = SampleFile([SampleTerm(LARGE, 2, 7)])

    assert XetClient(client, shared, cast.owner).send_shard(a_shard([part]))[-1] == {"type": "result"}

    assert XetClient(client, shared, cast.member).send_shard(a_shard([rest]))[-1]["type"] == "error"
    assert not RepoXorb.objects.filter(repo_key=shared.pk).exists()


def test_a_granted_xorb_is_usable_in_all_own_repositories(client, cast):
    shared = a_repo(cast.owner, "shared", namespace="grove")
    XetClient(client, shared, cast.owner).send_xorb(LARGE)
    member, own = (
        XetClient(client, shared, cast.member),
        XetClient(client, a_repo(cast.member, "own"), cast.member),
    )
    shard = a_shard([SampleFile.whole(LARGE)])

    assert own.send_shard(shard)[-1]["type"] == "error"
    assert member.post(f"/v1/xorb-grants/default/{LARGE.text}", b"{}").status_code == 200

    assert member.send_shard(shard)[-1] == {"type": "result"}
    assert own.send_shard(shard)[-1] == {"type": "result"}


def test_every_uploader_has_its_own_url_and_scope():
    anybody = Actor()
    person = Actor(kind=ActorKind.PERSON, user_id=3, scope=Scope.all())
    token = Actor(kind=ActorKind.TOKEN, user_id=3, token_id=8, scope=Scope(limit=Need.WRITE))
    fine = Actor(
        kind=ActorKind.TOKEN,
        user_id=3,
        token_id=9,
        scope=Scope(grants=frozenset({Grant("model:o/n", Need.WRITE)})),
    )
    job = Actor(kind=ActorKind.JOB, user_id=3, token_id=10, job_id="j", scope=Scope(grants=frozenset()))

    assert [uploader_of(one) for one in (anybody, person, token, fine, job)] == [
        "",
        "person:3",
        "person:3",
        "token:9",
        "job:j",
    ]


def test_two_people_on_one_machine_do_not_share_a_client_cache(owner, stranger, client, cast):
    second = XetClient(client, a_repo(cast.owner, "second"), cast.owner)

    paths = [urlsplit(one.token_answer("write").json()["casUrl"]).path for one in (owner, second, stranger)]

    assert paths[0] == paths[1] != paths[2]


def test_known_xorbs_expire(owner):
    sweep_uploads()
    assert KnownXorb.objects.count() == 1

    KnownXorb.objects.update(known_at=timezone.now() - REMEMBERED - timedelta(hours=1))
    sweep_uploads()

    assert not KnownXorb.objects.exists()


def test_only_those_who_guess_too_often_are_blocked(owner, stranger, settings):
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "xet_unknown_xorbs": {"signed_in": 3}}
    guess = a_shard([GUESS])

    answers = [stranger.post("/v1/shards", guess).status_code for _ in range(6)]

    assert answers == [400, 400, 400, 400, 429, 429]
    assert stranger.send_xorb(SECRET).status_code == 200
    assert owner.send_shard(guess)[-1] == {"type": "result"}


def test_requests_of_one_person_are_counted(owner, stranger, settings):
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "xet": {"signed_in": 3, "anonymous": 3}}

    codes = [stranger.get(f"/v1/chunks/default/{'0' * 64}", "write").status_code for _ in range(5)]

    assert codes == [404, 404, 404, 429, 429]
    assert owner.send_xorb(SECRET).status_code == 200
