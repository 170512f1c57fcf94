"""Xet uploads: valid ones are stored and readable, forged ones are refused."""

import hashlib
import os

import lz4.frame
import pytest
from django.core.signals import request_finished
from django.db import close_old_connections

from apps.registry.blobs.contents import xorb_index
from apps.registry.blobs.errors import MissingObject, SizeMismatch
from apps.registry.blobs.keys import index_key, xorb_key
from apps.registry.blobs.models import RepoObject, RepoXorb, XetFile, Xorb
from apps.registry.blobs.readers import ObjectReader
from apps.registry.blobs.selectors import head_bytes, object_for
from apps.registry.blobs.services import link_objects
from apps.registry.blobs.xet.hashes import ZERO
from apps.registry.protocols.xet import slots
from tests.api.xet_calls import XetClient
from tests.makers import a_repo
from tests.xet_samples import SampleFile, SampleTerm, SampleXorb, a_shard, noise_bytes, record, split_chunks

pytestmark = pytest.mark.usefixtures("own_store")

ONE = SampleXorb(split_chunks(noise_bytes(200_000), 30_000), [0, 1, 0, 1, 0, 0, 1])
TWO = SampleXorb(split_chunks(bytes(range(256)) * 300, 9_001), [2] * 9)
FILE = SampleFile([SampleTerm(ONE, 0, 7), SampleTerm(TWO, 2, 9), SampleTerm(ONE, 3, 4)])


@pytest.fixture
def xet(client, cast):
    return XetClient(client, a_repo(cast.owner), cast.owner)


def stored_files(tmp_path):
    return [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_file_is_uploaded_and_can_be_committed_and_read(xet):
    xet.send_file(FILE)

    held = object_for(xet.repo.pk, FILE.oid)
    assert (held.size, held.xet_hash, held.source) == (len(FILE.data), FILE.text, "xet")
    assert held.committed_at is not None
    assert b"".join(ObjectReader(held).open_range(0, held.size)) == FILE.data
    assert head_bytes(xet.repo.pk, FILE.oid, 199_990, 10**9) == FILE.data[199_990:]


def test_the_response_streams_progress_and_ends_with_one_result(xet):
    for xorb in (ONE, TWO):
        xet.send_xorb(xorb)

    frames = xet.send_shard(a_shard([FILE], [ONE, TWO]))

    assert frames[-1] == {"type": "result"}
    assert frames[-2] == {"type": "validating", "verified": 1, "total": 1}
    assert {frame["type"] for frame in frames[:-1]} == {"validating"}


def test_old_spellings_of_the_routes_work(xet):
    for path in (
        f"/xorbs/default/{ONE.text}",
        f"/xorb/default/{ONE.text}",
        f"/v1/xorbs/default-merkledb/{ONE.text}",
    ):
        assert xet.post(path, ONE.body).json() == {"was_inserted": True}
    only = SampleFile.whole(ONE)
    for path in ("/v1/shards", "/shards", f"/shard/default/{only.text}"):
        assert xet.post(path, a_shard([only])).json() == {"result": 1}
    assert object_for(xet.repo.pk, only.oid) is not None


def test_an_old_clients_footer_is_ignored(xet, tmp_path):
    xet.send_xorb(ONE, ONE.body + b"XETBLOB\x01" + b"\0" * 500)

    assert Xorb.objects.get().size == len(ONE.body)
    assert sorted(path.stat().st_size for path in (tmp_path / "objects").rglob(f"{ONE.text}*")) == [
        4 + 40 * 7,
        len(ONE.body),
    ]


def test_a_shard_may_name_xorbs_that_its_uploader_sent_to_another_repository(xet, client, cast):
    xet.send_file(FILE)
    other = XetClient(client, a_repo(cast.owner, "other"), cast.owner)

    assert other.send_shard(a_shard([FILE]))[-1] == {"type": "result"}

    assert object_for(other.repo.pk, FILE.oid) is not None


def test_a_file_without_a_claimed_sha256_gets_the_real_one(xet):
    xet.send_xorb(ONE)

    assert xet.send_shard(a_shard([SampleFile.whole(ONE, sha256="")]))[-1] == {"type": "result"}

    assert RepoObject.objects.get().sha256 == hashlib.sha256(noise_bytes(200_000)).hexdigest()


def test_a_second_upload_of_the_same_changes_nothing(xet):
    xet.send_file(FILE)
    xet.send_file(FILE)

    assert (
        Xorb.objects.count(),
        XetFile.objects.count(),
        RepoObject.objects.count(),
        RepoXorb.objects.count(),
    ) == (2, 1, 1, 2)


def test_a_commit_of_what_was_not_uploaded_here_is_refused(xet, client, cast):
    xet.send_file(FILE)
    other = a_repo(cast.stranger, "other")

    with pytest.raises(MissingObject):
        link_objects(other.pk, [(FILE.oid, len(FILE.data))])
    with pytest.raises(SizeMismatch):
        link_objects(xet.repo.pk, [(FILE.oid, 7)])


XORB_LIES = {
    "flipped byte": bytes([*ONE.body[:100], ONE.body[100] ^ 1, *ONE.body[101:]]),
    "truncated": ONE.body[:-5],
    "a chunk less": b"".join(
        record(chunk, scheme) for chunk, scheme in zip(ONE.chunks[:-1], ONE.schemes, strict=False)
    ),
    "scheme 99": b"\0" + ONE.body[1:4] + b"\x63" + ONE.body[5:],
    "junk behind": ONE.body + b"\x01junkjunkjunk",
    "empty": b"",
    "bomb": record(b"", 1, packed=lz4.frame.compress(bytes(1 << 24)), length=131072),
}


@pytest.mark.parametrize("lie", XORB_LIES)
def test_a_malformed_xorb_is_refused_and_not_stored(xet, tmp_path, lie):
    answer = xet.send_xorb(ONE, XORB_LIES[lie])

    assert answer.status_code == 400
    assert answer.json()["error"]
    assert not Xorb.objects.exists()
    assert stored_files(tmp_path / "objects") == []


def test_a_xorb_under_another_hash_is_refused(xet):
    assert xet.send_xorb(ONE, name=TWO.text).status_code == 400
    assert xet.send_xorb(ONE, name="nonsense").status_code == 400
    assert xet.send_xorb(ONE, name=ONE.text.upper()).status_code == 400


def test_a_known_xorb_is_verified_at_every_upload(xet, client, cast):
    xet.send_xorb(ONE)
    other = XetClient(client, a_repo(cast.stranger, "other"), cast.stranger)

    assert other.send_xorb(ONE, XORB_LIES["flipped byte"]).status_code == 400
    assert not RepoXorb.objects.filter(repo_key=other.repo.pk).exists()


def test_bodies_beyond_the_caps_are_refused(xet):
    assert xet.post(f"/v1/xorbs/default/{ONE.text}", bytes((68 << 20) + 1)).status_code == 413
    assert xet.post("/v2/shards", bytes((80 << 20) + 1)).status_code == 413


SHARD_LIES = {
    "no proof": SampleFile.whole(ONE, proofs=[]),
    "zero proof": SampleFile.whole(ONE, proofs=[ZERO]),
    "proof of another range": SampleFile([SampleTerm(ONE, 0, 6)], proofs=[ONE.leaves[0][0]]),
    "wrong file hash": SampleFile.whole(ONE, claimed_hash=noise_bytes(32)),
    "hash of the empty file": SampleFile.whole(ONE, claimed_hash=ZERO),
    "wrong byte count": SampleFile.whole(ONE, lengths=[199_999]),
    "dropped term": SampleFile(FILE.terms[:2], claimed_hash=FILE.hash),
    "swapped terms": SampleFile([FILE.terms[1], FILE.terms[0], FILE.terms[2]], claimed_hash=FILE.hash),
    "chunks beyond the xorb": SampleFile(
        [SampleTerm(ONE, 0, 8)], lengths=[200_000], claimed_hash=noise_bytes(32)
    ),
    "inverted range": SampleFile(
        [SampleTerm(ONE, 5, 2)], lengths=[0], claimed_hash=noise_bytes(32), proofs=[ZERO]
    ),
    "empty range": SampleFile([SampleTerm(ONE, 2, 2)], lengths=[0]),
    "unknown xorb": SampleFile.whole(SampleXorb([noise_bytes(777)])),
    "wrong sha256": SampleFile.whole(ONE, sha256=hashlib.sha256(b"another file").hexdigest()),
    "no terms but a hash": SampleFile([], claimed_hash=noise_bytes(32), sha256="ab" * 32),
}


@pytest.mark.parametrize("lie", SHARD_LIES)
def test_a_shard_with_false_claims_is_refused_and_registers_nothing(xet, lie):
    for xorb in (ONE, TWO):
        xet.send_xorb(xorb)
    honest = SampleFile.whole(TWO)

    (*_, last) = xet.send_shard(a_shard([honest, SHARD_LIES[lie]]))

    assert last["type"] == "error"
    assert last["message"]
    assert last["retryable"] is False
    assert not RepoObject.objects.exists()
    assert not XetFile.objects.exists()


@pytest.mark.parametrize("lie", ["wrong sha256", "no proof"])
def test_the_older_shard_route_refuses_with_a_status(xet, lie):
    xet.send_xorb(ONE)

    answer = xet.post("/v1/shards", a_shard([SHARD_LIES[lie]]))

    assert answer.status_code in (400, 422)
    assert answer.json()["error"]
    assert not RepoObject.objects.exists()


def test_a_xorb_that_is_listed_in_another_way_than_it_is_stored_is_refused(xet):
    xet.send_xorb(ONE)
    right = a_shard([SampleFile.whole(ONE)], [ONE])
    wrong = a_shard([SampleFile.whole(ONE)], [SampleXorb([*ONE.chunks[:-1], noise_bytes(5)])])
    start = len(a_shard([SampleFile.whole(ONE)])) - 48
    lying = right[:start] + ONE.hash + wrong[start + 32 :]

    (last,) = xet.send_shard(lying)

    assert last["type"] == "error"


@pytest.mark.parametrize(
    "body",
    [b"", b"x" * 500, a_shard([FILE])[:-48], a_shard([FILE])[:200]],
    ids=["empty", "junk", "no end", "cut"],
)
def test_a_malformed_shard_is_refused_with_a_status(xet, body):
    for path in ("/v2/shards", "/v1/shards"):
        answer = xet.post(path, body)
        assert answer.status_code == 400
        assert answer.json()["code"] == "MalformedShard"


def test_an_exceeded_quota_is_the_message_of_the_error_frame(xet, settings):
    xet.send_xorb(ONE)
    settings.USAGE_LIMITS = {"storage_bytes": 1000}

    (last,) = xet.send_shard(a_shard([SampleFile.whole(ONE)]))

    assert (last["type"], last["retryable"]) == ("error", False)
    assert not RepoObject.objects.exists()


def test_a_server_error_is_a_retryable_frame(xet, tmp_path):
    xet.send_xorb(ONE)
    for path in (tmp_path / "objects" / "xorbs").rglob(ONE.text):
        path.unlink()

    (*_, last) = xet.send_shard(a_shard([SampleFile.whole(ONE)]))

    assert (last["type"], last["retryable"]) == ("error", True)


def test_grants_skip_only_xorbs_of_this_repository(xet, client, cast):
    other = XetClient(client, a_repo(cast.stranger, "other"), cast.stranger)
    xet.send_xorb(ONE)

    assert xet.post(f"/v1/xorb-grants/default/{ONE.text}", b"{}").status_code == 200
    assert xet.post(f"/v1/xorb-grants/default/{TWO.text}", b"{}").status_code == 404
    assert xet.post("/v1/xorb-grants/default/nonsense", b"{}").status_code == 404
    assert other.post(f"/v1/xorb-grants/default/{ONE.text}", b"{}").status_code == 404


def test_concurrent_uploads_of_one_person_are_limited(xet, cast, monkeypatch):
    monkeypatch.setattr(slots, "COUNTS", dict.fromkeys(slots.Slots, 1))

    with (
        slots.upload_slot(slots.Slots.XORB, cast.owner.user.pk),
        slots.upload_slot(slots.Slots.SHARD, cast.owner.user.pk),
    ):
        full = [
            xet.send_xorb(ONE),
            xet.post("/v2/shards", a_shard([FILE])),
            xet.post("/v1/shards", a_shard([FILE])),
        ]
    free = xet.send_xorb(ONE)

    assert [(answer.status_code, answer["Retry-After"]) for answer in full] == [(429, "3")] * 3
    assert free.status_code == 200


def test_a_slot_is_released_however_the_upload_ends(xet, cast, monkeypatch):
    monkeypatch.setattr(slots, "COUNTS", dict.fromkeys(slots.Slots, 1))

    for _ in range(2):
        assert xet.send_xorb(ONE, ONE.body[:-1]).status_code == 400
        assert xet.post("/v2/shards", b"junk").status_code == 400
        assert xet.send_shard(a_shard([FILE]))[-1]["type"] == "error"
        assert xet.send_xorb(ONE).status_code == 200


def test_a_slot_is_released_when_the_client_disconnects_early(xet, cast, monkeypatch):
    monkeypatch.setattr(slots, "COUNTS", dict.fromkeys(slots.Slots, 1))
    xet.send_xorb(ONE)

    answer = xet.post("/v2/shards", a_shard([SampleFile.whole(ONE)]))
    request_finished.disconnect(close_old_connections)
    answer.close()
    request_finished.connect(close_old_connections)

    assert xet.send_shard(a_shard([SampleFile.whole(ONE)]))[-1] == {"type": "result"}


def test_a_small_shard_that_would_make_much_work_is_refused_at_once(xet, settings):
    dust = SampleXorb([b"x"] * 4000)
    xet.send_xorb(dust)
    term = SampleTerm(dust, 0, 4000)

    (last,) = xet.send_shard(
        a_shard([SampleFile([term] * 20, claimed_hash=noise_bytes(32), proofs=[ZERO] * 20, sha256="ab" * 32)])
    )
    assert (last["type"], last["retryable"]) == ("error", False)

    xet.send_xorb(ONE)
    settings.UPLOAD_LIMIT_BYTES = 199_999
    (last,) = xet.send_shard(a_shard([SampleFile.whole(ONE)]))
    assert "199999" in last["message"]


def test_the_quota_does_not_count_what_the_repo_holds_already(xet, settings):
    xet.send_file(FILE)
    settings.USAGE_LIMITS = {"storage_bytes": 1000}

    assert xet.send_shard(a_shard([FILE]))[-1] == {"type": "result"}


def test_a_lost_xorb_is_restored_by_the_next_upload(xet, tmp_path):
    xet.send_file(FILE)
    (lost,) = (tmp_path / "objects" / "xorbs").rglob(ONE.text)
    lost.unlink()

    xet.send_xorb(ONE)

    assert lost.read_bytes() == ONE.body


def test_xorbs_are_durable_before_the_rows_of_their_files_are_written(xet, monkeypatch, tmp_path):
    synced, real = {}, os.fsync

    def note(descriptor):
        synced[os.readlink(f"/proc/self/fd/{descriptor}")] = XetFile.objects.exists()
        real(descriptor)

    monkeypatch.setattr(os, "fsync", note)
    for xorb in (ONE, TWO):
        xet.send_xorb(xorb)
    synced.clear()  # the disk may have been told to begin

    assert xet.send_shard(a_shard([FILE], [ONE, TWO]))[-1] == {"type": "result"}

    stored = {str(path) for path in (tmp_path / "objects").rglob("*") if path.is_file()}
    folders = {str(path.parent) for path in (tmp_path / "objects").rglob("*") if path.is_file()}
    assert len(stored) == 4
    assert stored | folders <= set(synced)
    assert not any(synced.values())


@pytest.mark.parametrize("key", [xorb_key(ONE.text), index_key(ONE.text)])
@pytest.mark.parametrize("left", [0, 100])
def test_a_xorb_truncated_by_a_power_cut_is_uploaded_again(xet, tmp_path, key, left):
    xet.send_xorb(ONE)
    xorb_index.cache_clear()
    os.truncate(tmp_path / "objects" / key, left)

    assert xet.post(f"/v1/xorb-grants/default/{ONE.text}", b"").status_code == 404
    assert xet.send_shard(a_shard([SampleFile.whole(ONE)]))[-1]["type"] == "error"
    assert not XetFile.objects.exists()

    xet.send_xorb(ONE)
    assert xet.send_shard(a_shard([SampleFile.whole(ONE)]))[-1] == {"type": "result"}
