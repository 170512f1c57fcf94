"""LFS objects: hash-checked uploads, whole or in parts, and range downloads."""

import hashlib
import json

import pytest

from apps.core.objects.stores import object_store
from apps.registry.blobs.keys import blob_key
from apps.registry.blobs.models import MultipartUpload, RepoObject
from apps.registry.blobs.services import link_objects
from tests.api.test_lfs_batch import TYPE, post_batch
from tests.makers import a_repo
from tests.xet_samples import noise_bytes

pytestmark = pytest.mark.usefixtures("own_store")

DATA = noise_bytes(300_001)
OID = hashlib.sha256(DATA).hexdigest()


def upload_of(client, repo, person, **more):
    (row,) = post_batch(client, repo.address.path, person, objects=[(OID, len(DATA))], **more).json()[
        "objects"
    ]
    return row["actions"]


def put(client, href, data):
    return client.put(href, data, content_type="application/octet-stream")


def stored_files(tmp_path):
    return [path for path in tmp_path.rglob("*") if path.is_file()]


def test_an_object_is_sent_verified_committed_and_fetched(client, cast):
    repo = a_repo(cast.owner)
    actions = upload_of(client, repo, cast.owner)

    assert put(client, actions["upload"]["href"], DATA).status_code == 200
    verified = client.post(
        actions["verify"]["href"], json.dumps({"oid": OID, "size": len(DATA)}), content_type=TYPE
    )
    link_objects(repo.pk, [(OID, len(DATA))])

    assert verified.status_code == 200
    (row,) = post_batch(
        client, repo.address.path, cast.anonymous, operation="download", objects=[(OID, len(DATA))]
    ).json()["objects"]
    fetched = client.get(row["actions"]["download"]["href"])
    assert b"".join(fetched) == DATA
    assert fetched["Content-Length"] == str(len(DATA))


@pytest.mark.parametrize(
    ("fields", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=100-", 100, 300_001),
        ("bytes=-7", 299_994, 300_001),
        ("bytes=5-999999999", 5, 300_001),
    ],
)
def test_a_part_of_an_object_is_fetched_by_range(client, cast, fields, start, end):
    repo = a_repo(cast.owner)
    put(client, upload_of(client, repo, cast.owner)["upload"]["href"], DATA)
    link_objects(repo.pk, [(OID, None)])
    (row,) = post_batch(
        client, repo.address.path, cast.anonymous, operation="download", objects=[(OID, 1)]
    ).json()["objects"]
    href = row["actions"]["download"]["href"]

    part = client.get(href, headers={"range": fields})
    head = client.head(href)
    beyond = client.get(href, headers={"range": "bytes=300001-"})

    assert (part.status_code, b"".join(part)) == (206, DATA[start:end])
    assert part["Content-Range"] == f"bytes {start}-{end - 1}/{len(DATA)}"
    assert (head.status_code, head["Content-Length"], head["Accept-Ranges"]) == (200, str(len(DATA)), "bytes")
    assert (beyond.status_code, beyond["Content-Range"]) == (416, f"bytes */{len(DATA)}")


def test_an_object_that_the_client_has_is_not_sent_again(client, cast):
    repo = a_repo(cast.owner)
    put(client, upload_of(client, repo, cast.owner)["upload"]["href"], DATA)
    link_objects(repo.pk, [(OID, None)])
    (row,) = post_batch(
        client, repo.address.path, cast.anonymous, operation="download", objects=[(OID, 1)]
    ).json()["objects"]

    again = client.get(row["actions"]["download"]["href"], headers={"if-none-match": f'"{OID}"'})

    assert again.status_code == 304
    assert again["ETag"] == f'"{OID}"'


@pytest.mark.parametrize(
    ("lie", "status"),
    [(b"x" + DATA[1:], 422), (DATA[:-1], 422), (b"", 422), (DATA + b"x", 413)],
    ids=["other bytes", "too short", "empty", "too long"],
)
def test_bytes_that_do_not_hash_to_the_oid_are_refused_and_not_stored(client, cast, tmp_path, lie, status):
    repo = a_repo(cast.owner)
    actions = upload_of(client, repo, cast.owner)

    answer = put(client, actions["upload"]["href"], lie)

    assert answer.status_code == status
    assert answer["Content-Type"] == TYPE
    assert answer.json()["message"]
    assert not RepoObject.objects.exists()
    assert stored_files(tmp_path) == []
    assert (
        client.post(
            actions["verify"]["href"], json.dumps({"oid": OID, "size": len(DATA)}), content_type=TYPE
        ).status_code
        == 404
    )


def test_an_object_sent_to_a_second_repo_is_stored_once(client, cast, tmp_path):
    one, two = a_repo(cast.owner, "one"), a_repo(cast.stranger, "two")

    for repo, person in ((one, cast.owner), (two, cast.stranger)):
        assert put(client, upload_of(client, repo, person)["upload"]["href"], DATA).status_code == 200

    assert RepoObject.objects.count() == 2
    assert len(stored_files(tmp_path)) == 1


def test_knowing_a_hash_is_not_having_the_bytes(client, cast, tmp_path):
    one, two = a_repo(cast.owner, "one", is_private=True), a_repo(cast.stranger, "two")
    put(client, upload_of(client, one, cast.owner)["upload"]["href"], DATA)

    answer = put(client, upload_of(client, two, cast.stranger)["upload"]["href"], b"z" * len(DATA))

    assert answer.status_code == 422
    assert [row.repo_key for row in RepoObject.objects.all()] == [one.pk]


def test_an_address_is_good_for_one_object_and_one_way_only(client, cast):
    repo = a_repo(cast.owner)
    href = upload_of(client, repo, cast.owner)["upload"]["href"]
    other = hashlib.sha256(b"other").hexdigest()

    for wrong in (href.replace(OID, other), href[:-3], href.partition("?")[0]):
        answer = put(client, wrong, b"other")
        assert (answer.status_code, answer["Content-Type"]) == (403, TYPE)
    put(client, href, DATA)
    link_objects(repo.pk, [(OID, None)])
    assert client.get(href).status_code == 403


def test_an_address_ends(client, cast, monkeypatch):
    repo = a_repo(cast.owner)
    href = upload_of(client, repo, cast.owner)["upload"]["href"]
    import time

    later = time.time() + 7 * 3600
    monkeypatch.setattr("apps.core.signing.time.time", lambda: later)

    assert put(client, href, DATA).status_code == 403


class TestInParts:
    @pytest.fixture(autouse=True)
    def _small_parts(self, settings):
        settings.LFS_PART_BYTES, settings.LFS_MULTIPART_FROM_BYTES = 100_000, 200_000

    def begin(self, client, cast, repo):
        upload = upload_of(client, repo, cast.owner, transfers=["basic", "multipart"])["upload"]
        header = dict(upload["header"])
        assert header.pop("chunk_size") == "100000"
        return upload["href"], header

    def finish(self, client, href, etags):
        parts = [{"partNumber": number, "etag": etag} for number, etag in etags.items()]
        return client.post(href, json.dumps({"oid": OID, "parts": parts}), content_type=TYPE)

    def test_parts_in_any_order_make_the_object(self, client, cast, tmp_path):
        repo = a_repo(cast.owner)
        href, header = self.begin(client, cast, repo)

        etags = {}
        for name in sorted(header, reverse=True):
            number = int(name)
            answer = put(client, header[name], DATA[(number - 1) * 100_000 : number * 100_000])
            etags[number] = answer["ETag"]
        done = self.finish(client, href, etags)

        assert sorted(header) == ["00001", "00002", "00003", "00004"]
        assert done.status_code == 200
        assert b"".join(object_store().stream(blob_key(OID), 0, len(DATA))) == DATA
        assert len(stored_files(tmp_path)) == 1
        assert not MultipartUpload.objects.exists()

    def test_a_missing_part_is_refused_and_can_still_come(self, client, cast):
        repo = a_repo(cast.owner)
        href, header = self.begin(client, cast, repo)
        etags = {
            n: put(client, header[f"{n:05d}"], DATA[(n - 1) * 100_000 : n * 100_000])["ETag"]
            for n in (1, 2, 4)
        }

        early = self.finish(client, href, etags)
        etags[3] = put(client, header["00003"], DATA[200_000:300_000])["ETag"]

        assert early.status_code == 400
        assert self.finish(client, href, etags).status_code == 200

    def test_a_part_of_a_wrong_length_is_refused(self, client, cast):
        _, header = self.begin(client, cast, a_repo(cast.owner))

        assert put(client, header["00001"], DATA[:99_999]).status_code == 422
        assert put(client, header["00004"], DATA[:2]).status_code == 422

    def test_a_part_that_was_not_announced_is_refused(self, client, cast):
        _, header = self.begin(client, cast, a_repo(cast.owner))

        assert put(client, header["00004"].replace("/4?", "/5?"), b"x").status_code == 404
        assert put(client, header["00004"].replace("/4?", "/0?"), b"x").status_code == 404

    def test_parts_of_other_bytes_are_refused_and_nothing_is_kept(self, client, cast, tmp_path):
        href, header = self.begin(client, cast, a_repo(cast.owner))
        etags = {
            n: put(client, header[f"{n:05d}"], bytes(min(100_000, 300_001 - (n - 1) * 100_000)))["ETag"]
            for n in (1, 2, 3, 4)
        }

        done = self.finish(client, href, etags)

        assert done.status_code == 422
        assert stored_files(tmp_path) == []
        assert not RepoObject.objects.exists()
        assert self.finish(client, href, etags).status_code == 404

    @pytest.mark.parametrize(
        "body",
        [b"{", b"[]", b'{"parts": 5}', b'{"parts": [{}]}', b'{"parts": [{"partNumber": "x", "etag": "y"}]}'],
    )
    def test_a_malformed_completion_is_refused(self, client, cast, body):
        href, _ = self.begin(client, cast, a_repo(cast.owner))

        assert client.post(href, body, content_type=TYPE).status_code in (400, 422)
