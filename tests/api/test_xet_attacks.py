"""Attacks on the storage routes by a caller who knows hashes but does not have the bytes."""

import struct

import pytest
from django.test import Client

from apps.registry.blobs.models import RepoObject, RepoXorb, XetFile
from apps.registry.blobs.xet.hashes import ZERO, range_hash
from apps.registry.blobs.xet.shard import read_shard
from tests.api.test_xet_downloads import path_of, v2
from tests.api.xet_calls import BYTES, XetClient
from tests.makers import a_repo
from tests.xet_samples import SampleFile, SampleTerm, SampleXorb, a_shard, noise_bytes, split_chunks

pytestmark = pytest.mark.usefixtures("own_store")

ONE = SampleXorb(split_chunks(noise_bytes(200_000), 30_000), [0, 1, 0, 1, 0, 0, 1])
SECRET = SampleFile.whole(ONE)


@pytest.fixture
def owner(client, cast):
    """The owner, with a private repository that holds SECRET."""
    xet = XetClient(client, a_repo(cast.owner, is_private=True), cast.owner)
    xet.send_file(SECRET)
    return xet


@pytest.fixture
def stranger(client, cast):
    return XetClient(client, a_repo(cast.stranger, "lair"), cast.stranger)


@pytest.mark.parametrize(
    "proof",
    [ZERO, ONE.hash, SECRET.hash, noise_bytes(32), range_hash(ONE.hash)],
    ids="zero xorb file noise hashed".split(),
)
def test_knowing_all_hashes_of_a_file_without_its_chunks_gives_no_access(owner, stranger, proof):
    claim = SampleFile([SampleTerm(ONE, 0, 7)], claimed_hash=SECRET.hash, sha256=SECRET.oid, proofs=[proof])

    (*_, last) = stranger.send_shard(a_shard([claim]))

    assert last["type"] == "error"
    assert not RepoObject.objects.filter(repo_key=stranger.repo.pk).exists()
    assert not RepoXorb.objects.filter(repo_key=stranger.repo.pk).exists()
    for scope in ("read", "write"):
        assert stranger.get(f"/v2/reconstructions/{SECRET.text}", scope).status_code == 404


def test_a_commit_cannot_name_a_file_of_another_repository(owner, stranger):
    line = '{"key":"lfsFile","value":{"path":"x.bin","algo":"sha256","oid":"%s","size":%d}}' % (
        SECRET.oid,
        len(SECRET.data),
    )
    body = f'{{"key":"header","value":{{"summary":"take"}}}}\n{line}\n'

    answer = stranger.client.post(
        f"/api/models/{stranger.repo.address.id}/commit/main",
        body,
        content_type="application/x-ndjson",
        headers=stranger.person.headers,
    )

    assert answer.status_code == 400
    assert not RepoObject.objects.filter(repo_key=stranger.repo.pk).exists()


def test_no_answer_reveals_the_xorbs_of_others(owner, stranger):
    new = SampleXorb([noise_bytes(5000)])

    known, unknown = stranger.send_xorb(ONE), stranger.send_xorb(new)
    grants = [
        stranger.post(f"/v1/xorb-grants/default/{name}", b"{}").status_code for name in ("1" * 64, "2" * 64)
    ]

    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
    assert grants == [404, 404]


def test_a_deduplication_reply_proves_no_chunks_that_the_client_lacks(owner):
    chunk = read_shard(a_shard([SECRET], [ONE])).xorbs[0].chunks[0].hash
    reply = owner.get(f"/v1/chunks/default/{XetText.of(chunk)}", "write").content
    (xorb,) = read_shard(reply).xorbs

    claim = SampleFile(
        [SampleTerm(ONE, 0, 7)], proofs=[range_hash(b"".join(chunk.hash for chunk in xorb.chunks))]
    )

    assert owner.send_shard(a_shard([claim]))[-1]["type"] == "error"


class XetText:
    @staticmethod
    def of(raw: bytes) -> str:
        return "%016x%016x%016x%016x" % struct.unpack("<4Q", raw)


@pytest.mark.parametrize("count", [2**32 - 1, 2**31, 10**6])
@pytest.mark.parametrize("place", [48 + 36, 48 * 6 + 36], ids=["terms of a file", "chunks of a xorb"])
def test_a_count_beyond_the_size_of_the_shard_is_refused_at_once(owner, count, place):
    body = bytearray(a_shard([SECRET], [ONE]))
    body[place : place + 4] = struct.pack("<I", count)

    for path in ("/v2/shards", "/v1/shards"):
        answer = owner.post(path, bytes(body))
        assert (answer.status_code, answer.json()["code"]) == (400, "MalformedShard")
    assert XetFile.objects.count() == 1


def test_a_write_token_of_one_repository_registers_nothing_in_another(owner, stranger):
    shard = a_shard([SECRET])

    stranger.send_xorb(ONE)
    assert stranger.send_shard(shard)[-1] == {"type": "result"}

    held = RepoObject.objects.filter(sha256=SECRET.oid).values_list("repo_key", flat=True)
    assert set(held) == {owner.repo.pk, stranger.repo.pk}
    assert RepoObject.objects.get(repo_key=owner.repo.pk).uploaded_by == owner.person.user.pk


def test_the_routes_need_no_cookie_set_none_and_take_no_forgery_token(owner):
    browser = Client(enforce_csrf_checks=True)
    bearer = owner.bearer("write")
    answers = [
        browser.post(f"/xet/g1/v1/xorbs/default/{ONE.text}", ONE.body, content_type=BYTES, headers=bearer),
        browser.post("/xet/g1/v1/shards", a_shard([SECRET]), content_type=BYTES, headers=bearer),
        browser.get(f"/xet/g1/v2/reconstructions/{SECRET.text}", headers=bearer),
    ]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert not any(answer.cookies for answer in answers)
    browser.cookies["sessionid"] = "x" * 32
    assert browser.post("/xet/g1/v1/shards", a_shard([SECRET]), content_type=BYTES).status_code in (401, 403)


def test_responses_are_not_stored_by_shared_caches(owner):
    plan = owner.get(f"/v2/reconstructions/{SECRET.text}").json()
    _chunks, url, first, last = v2(plan["xorbs"][ONE.text][0])

    answer = Client().get(path_of(url), headers={"range": f"bytes={first}-{last}"})

    assert (answer.status_code, answer["Cache-Control"]) == (206, "private")
    assert b"".join(answer) == ONE.body


def test_every_generation_leads_to_the_same_code(owner):
    bearer = owner.bearer("read")

    answers = [
        owner.client.get(f"/xet/{way}v2/reconstructions/{SECRET.text}", headers=bearer)
        for way in ("g1/", "g22/", "")
    ]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
