"""The same uploads and downloads when large objects live in a bucket."""

import hashlib
import time

import boto3
import pytest
from moto.server import ThreadedMotoServer

from apps.registry.blobs.services import link_objects
from apps.registry.repos.services.commit import AddLarge, commit_changes
from tests.api.test_lfs_batch import ask
from tests.api.test_lfs_objects import put
from tests.api.test_xet_downloads import FILE, ONE, path_of, v2
from tests.api.xet_calls import XetClient
from tests.makers import a_repo
from tests.xet_made import D

DATA = D(300_001)
OID = hashlib.sha256(DATA).hexdigest()


@pytest.fixture(scope="module")
def bucket_url():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(autouse=True)
def bucket(bucket_url, settings, tmp_path):
    name = f"objects-{time.monotonic_ns()}"
    facts = {"endpoint_url": bucket_url, "region": "us-east-1"}
    client = boto3.client("s3", endpoint_url=bucket_url, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    client.create_bucket(Bucket=name)
    settings.OBJECT_STORE = {"kind": "s3", "bucket": name, "access_key": "a", "secret_key": "b", **facts}
    settings.SPOOL_ROOT = tmp_path / "spool"
    return lambda: sorted(row["Key"] for row in client.list_objects_v2(Bucket=name).get("Contents", ()))


def test_an_lfs_object_goes_in_and_comes_out_by_range(client, cast, bucket):
    repo = a_repo(cast.owner)
    (row,) = ask(client, repo.address.path, cast.owner, objects=[(OID, len(DATA))]).json()["objects"]

    assert put(client, row["actions"]["upload"]["href"], b"x" * len(DATA)).status_code == 422
    assert bucket() == []
    assert put(client, row["actions"]["upload"]["href"], DATA).status_code == 200
    link_objects(repo.pk, [(OID, len(DATA))])

    (row,) = ask(client, repo.address.path, cast.nobody, operation="download", objects=[(OID, len(DATA))]).json()["objects"]
    href = row["actions"]["download"]["href"]
    assert b"".join(client.get(href)) == DATA
    part = client.get(href, headers={"range": "bytes=100-199"})
    assert (part.status_code, b"".join(part)) == (206, DATA[100:200])
    assert bucket() == [f"sha256/{OID[:2]}/{OID[2:4]}/{OID}"]


def test_parts_are_joined_and_removed(client, cast, bucket, settings):
    settings.LFS_PART_BYTES, settings.LFS_MULTIPART_FROM_BYTES = 100_000, 200_000
    repo = a_repo(cast.owner)
    (row,) = ask(client, repo.address.path, cast.owner, objects=[(OID, len(DATA))], transfers=["multipart"]).json()["objects"]
    upload = row["actions"]["upload"]

    parts = []
    for name in sorted(name for name in upload["header"] if name != "chunk_size"):
        number = int(name)
        answer = put(client, upload["header"][name], DATA[(number - 1) * 100_000 : number * 100_000])
        parts.append({"partNumber": number, "etag": answer["ETag"]})
    done = client.post(upload["href"], {"oid": OID, "parts": parts}, content_type="application/json")

    assert done.status_code == 200
    assert bucket() == [f"sha256/{OID[:2]}/{OID[2:4]}/{OID}"]


def test_a_xet_file_goes_in_and_comes_out_by_plan_and_by_plain_http(client, cast, bucket):
    xet = XetClient(client, a_repo(cast.owner), cast.owner)
    xet.send_file(FILE, commit=False)
    commit_changes(
        actor=cast.owner.actor,
        address=xet.repo.address,
        branch="main",
        changes=[AddLarge("a.bin", FILE.oid, len(FILE.data))],
        message="add",
    )

    plan = xet.get(f"/v2/reconstructions/{FILE.text}").json()
    _chunks, url, first, last = v2(plan["xorbs"][ONE.text][0])
    fetched = client.get(path_of(url), headers={"range": f"bytes={first}-{last}"})
    plain = client.get("/owner/tiny/resolve/main/a.bin")
    part = client.get("/owner/tiny/resolve/main/a.bin", headers={"range": "bytes=89000-91000"})

    assert (fetched.status_code, b"".join(fetched)) == (206, ONE.body[first : last + 1])
    assert b"".join(plain) == FILE.data
    assert b"".join(part) == FILE.data[89_000:91_001]
    assert sum(".index" in key for key in bucket()) == 2
