"""Uploads and downloads with large objects in a bucket, direct and through the site."""

import hashlib
import urllib.request
from datetime import timedelta
from random import Random
from urllib.parse import parse_qs, unquote, urlsplit

import hf_xet
import pytest
from django.utils import timezone

from apps.core.objects.errors import WrongBytes
from apps.core.objects.stores import object_store
from apps.registry.blobs.models import MultipartUpload
from apps.registry.blobs.readers import ObjectReader
from apps.registry.blobs.selectors import object_for, xet_hashes_for
from apps.registry.blobs.services import hash_blobs, link_objects, sweep_uploads
from apps.registry.blobs.services.blobs import write_blob
from apps.registry.contents.services.commit import commit_changes
from apps.registry.gitstore import AddLarge
from tests.api.buckets import Bucket, bucket_server, fetch_url
from tests.api.test_lfs_batch import post_batch
from tests.api.test_lfs_objects import put
from tests.api.test_xet_downloads import FILE, ONE, path_of, v2
from tests.api.xet_calls import XetClient
from tests.makers import a_repo
from tests.xet_samples import noise_bytes

DATA = noise_bytes(300_001)
OID = hashlib.sha256(DATA).hexdigest()
KEY = f"sha256/{OID[:2]}/{OID[2:4]}/{OID}"


@pytest.fixture(scope="module")
def bucket_url():
    with bucket_server() as url:
        yield url


@pytest.fixture
def bucket(bucket_url, settings, tmp_path):
    """A bucket without public access: bytes pass through the site."""
    made = Bucket(bucket_url)
    settings.OBJECT_STORE = {**made.options, "presigned": False}
    settings.SPOOL_ROOT = tmp_path / "spool"
    return made


@pytest.fixture
def open_bucket(bucket, settings):
    """A bucket that clients access directly."""
    settings.OBJECT_STORE = bucket.options
    return bucket


def send(client, cast, repo) -> None:
    (row,) = post_batch(client, repo.address.path, cast.owner, objects=[(OID, len(DATA))]).json()["objects"]
    assert put(client, row["actions"]["upload"]["href"], DATA).status_code == 200
    change = AddLarge("big.bin", OID, len(DATA))
    commit_changes(
        actor=cast.owner.actor, address=repo.address, branch="main", changes=[change], message="add"
    )


def test_the_xet_hash_of_an_object_in_a_bucket_is_that_of_its_bytes(client, cast, bucket, settings, tmp_path):
    repo = a_repo(cast.owner)
    send(client, cast, repo)
    (tmp_path / "local").write_bytes(DATA)

    assert hash_blobs() == 1

    (expected,) = hf_xet.hash_files([str(tmp_path / "local")])
    assert xet_hashes_for(repo.pk, [OID]) == {OID: expected.hash}
    assert list((tmp_path / "spool").iterdir()) == []


def test_an_lfs_object_goes_in_and_comes_out_by_range(client, cast, bucket):
    repo = a_repo(cast.owner)
    (row,) = post_batch(client, repo.address.path, cast.owner, objects=[(OID, len(DATA))]).json()["objects"]

    assert put(client, row["actions"]["upload"]["href"], b"x" * len(DATA)).status_code == 422
    assert bucket.keys == []
    assert put(client, row["actions"]["upload"]["href"], DATA).status_code == 200
    link_objects(repo.pk, [(OID, len(DATA))])

    (row,) = post_batch(
        client, repo.address.path, cast.anonymous, operation="download", objects=[(OID, len(DATA))]
    ).json()["objects"]
    href = row["actions"]["download"]["href"]
    assert b"".join(client.get(href)) == DATA
    part = client.get(href, headers={"range": "bytes=100-199"})
    assert (part.status_code, b"".join(part)) == (206, DATA[100:200])
    assert bucket.keys == [KEY]


def test_parts_are_joined_and_removed(client, cast, bucket, settings):
    settings.LFS_PART_BYTES, settings.LFS_MULTIPART_FROM_BYTES = 100_000, 200_000
    repo = a_repo(cast.owner)
    (row,) = post_batch(
        client, repo.address.path, cast.owner, objects=[(OID, len(DATA))], transfers=["multipart"]
    ).json()["objects"]
    upload = row["actions"]["upload"]

    parts = []
    for name in sorted(name for name in upload["header"] if name != "chunk_size"):
        number = int(name)
        answer = put(client, upload["header"][name], DATA[(number - 1) * 100_000 : number * 100_000])
        parts.append({"partNumber": number, "etag": answer["ETag"]})
    done = client.post(upload["href"], {"oid": OID, "parts": parts}, content_type="application/json")

    assert done.status_code == 200
    assert bucket.keys == [KEY]


def xet_file(client, cast):
    xet = XetClient(client, a_repo(cast.owner), cast.owner)
    xet.send_file(FILE, commit=False)
    change = AddLarge("a.bin", FILE.oid, len(FILE.data))
    commit_changes(
        actor=cast.owner.actor, address=xet.repo.address, branch="main", changes=[change], message="add"
    )
    return xet


def test_a_xet_file_goes_in_and_comes_out_by_plan_and_by_plain_http(client, cast, bucket):
    xet = xet_file(client, cast)

    plan = xet.get(f"/v2/reconstructions/{FILE.text}").json()
    _chunks, url, first, last = v2(plan["xorbs"][ONE.text][0])
    piece = client.get(path_of(url), headers={"range": f"bytes={first}-{last}"})
    plain = client.get("/owner/tiny/resolve/main/a.bin")
    part = client.get("/owner/tiny/resolve/main/a.bin", headers={"range": "bytes=89000-91000"})

    assert (piece.status_code, b"".join(piece)) == (206, ONE.body[first : last + 1])
    assert b"".join(plain) == FILE.data
    assert b"".join(part) == FILE.data[89_000:91_001]
    assert sum(".index" in key for key in bucket.keys) == 2


def test_a_plain_file_is_fetched_from_the_bucket_and_the_redirect_says_what_it_is(client, cast, open_bucket):
    send(client, cast, a_repo(cast.owner))

    answer = client.get(
        "/owner/tiny/resolve/main/big.bin", {"download": "true"}, headers={"range": "bytes=5-9"}
    )
    head = client.head("/owner/tiny/resolve/main/big.bin")

    assert answer.status_code == 302
    assert (answer["X-Linked-Size"], answer["X-Linked-ETag"], answer["ETag"]) == (
        str(len(DATA)),
        f'"{OID}"',
        f'"{OID}"',
    )
    assert len(answer["X-Repo-Commit"]) == 40
    found = parse_qs(urlsplit(answer["Location"]).query)
    assert answer["Location"].startswith(f"{open_bucket.url}/{open_bucket.name}/{KEY}?")
    assert "attachment" in found["response-content-disposition"][0]
    assert found["X-Amz-Expires"] == ["3600"]
    assert fetch_url(answer["Location"]) == DATA
    assert fetch_url(answer["Location"], Range="bytes=5-9") == DATA[5:10]
    assert (head.status_code, head["Content-Length"]) == (200, str(len(DATA)))


def test_what_the_client_has_already_is_not_fetched_again(client, cast, open_bucket):
    send(client, cast, a_repo(cast.owner))

    answer = client.get("/owner/tiny/resolve/main/big.bin", headers={"if-none-match": f'"{OID}"'})

    assert answer.status_code == 304


def test_a_private_file_is_led_to_for_its_readers_alone(client, cast, open_bucket):
    send(client, cast, a_repo(cast.owner, is_private=True))

    assert client.get("/owner/tiny/resolve/main/big.bin").status_code == 401
    assert client.get("/owner/tiny/resolve/main/big.bin", headers=cast.stranger.headers).status_code == 404
    assert client.get("/owner/tiny/resolve/main/big.bin", headers=cast.owner.headers).status_code == 302


def test_lfs_clients_get_the_buckets_url(client, cast, open_bucket):
    repo = a_repo(cast.owner)
    send(client, cast, repo)

    (row,) = post_batch(
        client, repo.address.path, cast.anonymous, operation="download", objects=[(OID, len(DATA))]
    ).json()["objects"]
    action = row["actions"]["download"]

    assert action["href"].startswith(open_bucket.url)
    assert action["expires_in"] == 3600
    assert "header" not in action
    assert fetch_url(action["href"]) == DATA


def test_addresses_of_xorbs_in_the_bucket_are_signed_for_one_exact_range(client, cast, open_bucket):
    xet = xet_file(client, cast)

    plan = xet.get(f"/v2/reconstructions/{FILE.text}").json()
    older = xet.get(f"/v1/reconstructions/{FILE.text}").json()
    _chunks, url, first, last = v2(plan["xorbs"][ONE.text][0])

    assert url.startswith(open_bucket.url)
    assert older["fetch_info"][ONE.text][0]["url"].startswith(open_bucket.url)
    assert "range" in unquote(parse_qs(urlsplit(url).query)["X-Amz-SignedHeaders"][0]).split(";")
    assert fetch_url(url, Range=f"bytes={first}-{last}") == ONE.body[first : last + 1]
    assert b"".join(client.get("/owner/tiny/resolve/main/a.bin")) == FILE.data


def test_addresses_are_made_for_where_clients_reach_the_bucket(client, cast, bucket, settings):
    settings.OBJECT_STORE = {**bucket.options, "public_url": "https://files.example.com"}
    send(client, cast, a_repo(cast.owner))

    location = client.get("/owner/tiny/resolve/main/big.bin")["Location"]

    assert location.startswith(f"https://files.example.com/{bucket.name}/{KEY}?")


MEBIBYTE = 1 << 20
LONG = Random(1).randbytes(11 * MEBIBYTE + 5)
LONG_OID = hashlib.sha256(LONG).hexdigest()
LONG_KEY = f"sha256/{LONG_OID[:2]}/{LONG_OID[2:4]}/{LONG_OID}"


def sent(url: str, data: bytes) -> str:
    """Upload a part to the bucket and return its etag."""
    request = urllib.request.Request(
        url, data=data, method="PUT", headers={"Content-Type": "application/octet-stream"}
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return answer.headers["ETag"]


def open_uploads(bucket) -> list:
    return bucket.client.list_multipart_uploads(Bucket=bucket.name).get("Uploads", [])


@pytest.fixture
def in_parts(client, cast, open_bucket, settings):
    """The batch's answer for an object that goes to the bucket in three parts."""
    settings.LFS_PART_BYTES, settings.LFS_MULTIPART_FROM_BYTES = 5 * MEBIBYTE, 6 * MEBIBYTE
    repo = a_repo(cast.owner)
    (row,) = post_batch(
        client, repo.address.path, cast.owner, objects=[(LONG_OID, len(LONG))], transfers=["multipart"]
    ).json()["objects"]
    return repo, row["actions"]["upload"]


def parts_of(upload: dict, data: bytes) -> list[dict]:
    size = int(upload["header"]["chunk_size"])
    numbers = sorted(int(name) for name in upload["header"] if name != "chunk_size")
    return [
        {
            "partNumber": number,
            "etag": sent(upload["header"][f"{number:05d}"], data[(number - 1) * size : number * size]),
        }
        for number in numbers
    ]


def test_parts_go_to_the_bucket_itself_and_are_looked_at_before_they_count(client, in_parts, open_bucket):
    repo, upload = in_parts
    assert all(
        url.startswith(open_bucket.url) for name, url in upload["header"].items() if name != "chunk_size"
    )

    parts = parts_of(upload, LONG)
    assert open_bucket.keys == []
    done = client.post(upload["href"], {"oid": LONG_OID, "parts": parts}, content_type="application/json")

    assert done.status_code == 200
    assert (open_bucket.keys, open_uploads(open_bucket)) == ([LONG_KEY], [])
    held = object_for(repo.pk, LONG_OID)
    assert b"".join(ObjectReader(held).open_range(0, held.size)) == LONG


def test_parts_of_other_bytes_are_refused_and_nothing_of_them_stays(client, in_parts, open_bucket):
    repo, upload = in_parts

    parts = parts_of(upload, LONG[:-1] + b"x")
    done = client.post(upload["href"], {"oid": LONG_OID, "parts": parts}, content_type="application/json")

    assert done.status_code == 422
    assert (open_bucket.keys, open_uploads(open_bucket)) == ([], [])
    assert object_for(repo.pk, LONG_OID) is None


def test_a_part_that_is_missing_in_the_bucket_can_still_come(client, in_parts, open_bucket):
    _repo, upload = in_parts
    parts = parts_of(upload, LONG)
    wrong = [*parts[:-1], {"partNumber": 3, "etag": '"0123456789abcdef0123456789abcdef"'}]

    for sent in (parts[:-1], wrong):
        answer = client.post(
            upload["href"], {"oid": LONG_OID, "parts": sent}, content_type="application/json"
        )
        assert (answer.status_code, answer["X-Error-Code"]) == (400, "MissingParts")

    assert (
        client.post(
            upload["href"], {"oid": LONG_OID, "parts": parts}, content_type="application/json"
        ).status_code
        == 200
    )


def test_uploads_that_broke_off_are_ended_in_the_bucket(in_parts, open_bucket):
    _repo, upload = in_parts
    sent(upload["header"]["00001"], LONG[: 5 * MEBIBYTE])
    open_bucket.client.create_multipart_upload(Bucket=open_bucket.name, Key="sha256/aa/bb/" + "c" * 64)
    open_bucket.client.create_multipart_upload(Bucket=open_bucket.name, Key="of another program")
    assert len(open_uploads(open_bucket)) == 3

    # This server reports 2010 as the start of every upload.
    assert object_store().sweep(older_than_seconds=50 * 365 * 86_400, folders=["sha256"]) == 0
    MultipartUpload.objects.update(created_at=timezone.now() - timedelta(days=3))
    sweep_uploads()

    assert [row["Key"] for row in open_uploads(open_bucket)] == ["of another program"]
    assert not MultipartUpload.objects.exists()


def test_a_large_object_passes_through_us_part_by_part_and_is_seen_at_its_end(bucket, settings, monkeypatch):
    monkeypatch.setattr("apps.core.objects.s3_parts.PART_BYTES", 5 * MEBIBYTE)
    blocks = [LONG[start : start + MEBIBYTE] for start in range(0, len(LONG), MEBIBYTE)]

    with object_store().writer(LONG_KEY) as writer:
        for number, block in enumerate(blocks):
            writer.write(block)
            spooled = sum(path.stat().st_size for path in settings.SPOOL_ROOT.iterdir())
            assert spooled <= 5 * MEBIBYTE
            assert len(open_uploads(bucket)) == (number >= 4)
        assert bucket.keys == []
        writer.commit()
    assert (bucket.keys, open_uploads(bucket)) == ([LONG_KEY], [])
    assert object_store().read(LONG_KEY, 0, len(LONG)) == LONG

    with pytest.raises(WrongBytes):
        write_blob("d" * 64, len(LONG), blocks)
    assert (bucket.keys, open_uploads(bucket)) == ([LONG_KEY], [])
    assert list(settings.SPOOL_ROOT.iterdir()) == []
