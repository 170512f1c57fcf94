"""The LFS batch endpoint: upload and download links for those who may use them."""

import json
from urllib.parse import urlsplit

import pytest

from apps.registry.blobs.services import UploadContext, link_objects, store_blob
from tests.api.hub import BAD_TOKEN_SENTENCE
from tests.makers import a_repo, a_token
from tests.xet_samples import noise_bytes

TYPE = "application/vnd.git-lfs+json"
OID, SIZE = "1248ea53851f6898fb1832987c650d9563270577c7f4e47ce67e32f27ee99887", 1_000_000


def post_batch(client, path, person, *, operation="upload", objects=((OID, SIZE),), headers=None, **more):
    body = {
        "operation": operation,
        "transfers": ["basic"],
        "objects": [{"oid": oid, "size": size} for oid, size in objects],
        **more,
    }
    return client.post(
        f"/{path}.git/info/lfs/objects/batch",
        json.dumps(body),
        content_type=TYPE,
        headers={**person.headers, **(headers or {})},
    )


def store_object(repo, *, committed=True):
    store_blob(UploadContext(repo.pk), sha256=OID, size=SIZE, blocks=[noise_bytes(SIZE)])
    if committed:
        link_objects(repo.pk, [(OID, SIZE)])


def test_a_writer_gets_upload_and_verify_urls(client, cast):
    repo = a_repo(cast.owner)

    answer = post_batch(client, repo.address.path, cast.owner, hash_algo="sha256")

    assert answer.status_code == 200
    assert answer["Content-Type"] == TYPE
    body = answer.json()
    assert (body["transfer"], body["hash_algo"]) == ("basic", "sha256")
    (row,) = body["objects"]
    assert (row["oid"], row["size"]) == (OID, SIZE)
    assert set(row["actions"]) == {"upload", "verify"}
    assert row["actions"]["upload"]["href"].startswith("http://testserver/owner/tiny.git/info/lfs/objects/")


@pytest.mark.parametrize("kind", ["dataset", "space", "kernel"])
def test_every_kind_of_repository_has_its_route(client, cast, kind):
    repo = a_repo(cast.owner, kind=kind)

    assert post_batch(client, repo.address.path, cast.owner, hash_algo="sha_256").status_code == 200


def test_anonymous_gets_an_authentication_challenge(client, cast):
    repo = a_repo(cast.owner)

    answer = post_batch(client, repo.address.path, cast.anonymous)

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Basic ")
    assert answer["Content-Type"] == TYPE
    assert answer.json()["message"]


def test_a_stranger_may_fetch_from_a_public_repo_and_not_send(client, cast):
    repo = a_repo(cast.owner)
    store_object(repo)

    assert post_batch(client, repo.address.path, cast.stranger).status_code == 403
    assert (
        "actions"
        in post_batch(client, repo.address.path, cast.stranger, operation="download").json()["objects"][0]
    )


def test_a_private_repo_does_not_exist_for_a_stranger(client, cast):
    repo = a_repo(cast.owner, is_private=True)

    answer = post_batch(client, repo.address.path, cast.stranger, operation="download")

    assert answer.status_code == 404
    assert answer["Content-Type"] == TYPE


def test_a_read_token_may_not_send(client, cast):
    repo = a_repo(cast.owner)
    token = a_token(cast.owner.user, role="read")

    answer = post_batch(
        client, repo.address.path, cast.anonymous, headers={"authorization": f"Bearer {token}"}
    )

    assert answer.status_code == 403


def test_an_invalid_token_is_refused_in_lfs_format(client, cast):
    repo = a_repo(cast.owner)

    answer = post_batch(
        client,
        repo.address.path,
        cast.anonymous,
        operation="download",
        headers={"authorization": "Bearer hf_wrong"},
    )

    assert answer.status_code == 401
    assert answer["X-Error-Message"] == BAD_TOKEN_SENTENCE
    assert answer["Content-Type"] == TYPE


def test_an_object_that_is_there_needs_no_action(client, cast):
    repo = a_repo(cast.owner)
    store_object(repo, committed=False)

    (row,) = post_batch(client, repo.address.path, cast.owner).json()["objects"]

    assert "actions" not in row
    assert "error" not in row


def test_an_object_of_another_repo_must_be_sent_again(client, cast):
    store_object(a_repo(cast.owner, "one"))
    other = a_repo(cast.stranger, "two")

    (sent,) = post_batch(client, other.address.path, cast.stranger).json()["objects"]
    (fetched,) = post_batch(client, other.address.path, cast.stranger, operation="download").json()["objects"]

    assert "upload" in sent["actions"]
    assert fetched["error"]["code"] == 404


def test_an_object_that_no_commit_names_cannot_be_fetched(client, cast):
    repo = a_repo(cast.owner)
    store_object(repo, committed=False)

    (row,) = post_batch(client, repo.address.path, cast.owner, operation="download").json()["objects"]

    assert row["error"]["code"] == 404


def test_a_wrong_size_of_a_stored_object_is_an_error_of_its_row(client, cast):
    repo = a_repo(cast.owner)
    store_object(repo)

    (row,) = post_batch(client, repo.address.path, cast.owner, objects=[(OID, 5)]).json()["objects"]

    assert row["error"]["code"] == 422


@pytest.mark.parametrize(
    ("oid", "size"), [("short", 5), (OID.upper(), 5), ("../../etc/passwd", 5), (OID, -1), (OID, 1 << 60)]
)
def test_an_invalid_object_is_an_error_of_its_row(client, cast, oid, size):
    repo = a_repo(cast.owner)

    answer = post_batch(client, repo.address.path, cast.owner, objects=[(oid, size)])

    assert answer.status_code == 200
    assert answer.json()["objects"][0]["error"]["code"] == 422


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b"\xff\xfe", 400),
        (b"[" * 100_000, 400),
        (b'{"operation": "delete", "objects": []}', 422),
        (b'{"operation": "upload"}', 422),
        (b'{"operation": "upload", "objects": [5]}', 422),
        (b'{"operation": "upload", "objects": [{"oid": 5, "size": "x"}]}', 422),
        (b'{"operation": "upload", "objects": [], "hash_algo": "md5"}', 422),
        (b'{"operation": "upload", "objects": [' + b"{}," * 6000 + b"{}]}", 422),
    ],
)
def test_a_malformed_batch_is_refused_in_lfs_format(client, cast, body, status):
    repo = a_repo(cast.owner)

    answer = client.post(
        f"/{repo.address.path}.git/info/lfs/objects/batch",
        body,
        content_type=TYPE,
        headers=cast.owner.headers,
    )

    assert answer.status_code == status
    assert answer.json()["message"]


def test_a_quota_is_refused_before_anything_is_sent(client, cast, settings):
    settings.USAGE_LIMITS = {"storage_bytes": 1000}
    repo = a_repo(cast.owner)

    answer = post_batch(client, repo.address.path, cast.owner)

    assert answer.status_code == 403
    assert answer["X-Error-Code"] == "OverQuota"


def test_older_python_clients_that_offer_xet_are_sent_there_and_others_are_not(client, cast):
    repo = a_repo(cast.owner)
    offer = {"transfers": ["basic", "multipart", "xet"]}

    python = post_batch(
        client,
        repo.address.path,
        cast.owner,
        headers={"user-agent": "unknown/None; hf_hub/1.9.2; python/3.11"},
        **offer,
    ).json()
    npm = post_batch(client, repo.address.path, cast.owner, headers={"user-agent": "node"}, **offer).json()

    assert python["transfer"] == "xet"
    assert (
        urlsplit(python["objects"][0]["actions"]["upload"]["href"]).path
        == "/api/models/owner/tiny/xet-write-token/main"
    )
    assert npm["transfer"] == "basic"


def test_unsupported_routes_are_404_in_lfs_format(client, cast):
    repo = a_repo(cast.owner)

    for answer in (
        client.get(f"/{repo.address.path}.git/info/lfs/nothing", headers=cast.owner.headers),
        client.post(
            f"/{repo.address.path}.git/info/lfs/objects/none",
            b"{}",
            content_type=TYPE,
            headers=cast.owner.headers,
        ),
    ):
        assert answer.status_code == 404
        assert answer["Content-Type"] == TYPE
