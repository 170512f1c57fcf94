"""Unmodified clients against a site with large objects in a bucket."""

import dataclasses
import hashlib
import subprocess

import numpy
import pytest

from tests.api.buckets import Bucket, bucket_server
from tests.compat.clients import Client
from tests.conftest import free_port

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def bucket():
    with bucket_server() as url:
        yield Bucket(url)


@pytest.fixture
def bucket_site(site, bucket, tmp_path):
    """A second site that stores objects in the bucket."""
    port = free_port()
    facts = {
        "S3_BUCKET": bucket.name,
        "S3_ENDPOINT_URL": bucket.url,
        "S3_ACCESS_KEY": "a",
        "S3_SECRET_KEY": "b",
    }
    facts |= {"LFS_PART_MIB": "5", "LFS_MULTIPART_FROM_MIB": "10"}
    url = f"http://127.0.0.1:{port}"
    environment = {
        **site.environment,
        **facts,
        "PUBLIC_URL": url,
        "PORT": str(port),
        "WEB_SOCKET": str(tmp_path / "web.sock"),
    }
    bucket_site = dataclasses.replace(
        site, url=url, process=None, front=None, environment=environment, log=tmp_path / "site.log"
    )
    bucket_site.start()
    yield bucket_site
    bucket_site.stop()


@pytest.fixture
def client(bucket_site, client_env, live_cast, tmp_path):
    return Client({**client_env, "HF_ENDPOINT": bucket_site.url}, tmp_path, live_cast.owner.token)


@pytest.mark.parametrize("without_xet", ["0", "1"], ids=["xet", "plain"])
def test_a_folder_goes_into_the_bucket_and_comes_out_of_it(
    client, bucket, bucket_site, tmp_path, without_xet
):
    data = numpy.random.default_rng(int(without_xet)).bytes(12_000_000)
    (tmp_path / "up").mkdir()
    (tmp_path / "up" / "big.bin").write_bytes(data)
    (tmp_path / "up" / "config.json").write_text("{}")
    client.environment["HF_HUB_DISABLE_XET"] = without_xet

    client.hf("upload", "owner/kept", str(tmp_path / "up"))
    client.hf("download", "owner/kept", "--local-dir", "down")

    assert (tmp_path / "down" / "big.bin").read_bytes() == data
    assert (tmp_path / "down" / "config.json").read_text() == "{}"
    log = bucket_site.log.read_text()
    if without_xet == "1":
        assert f"sha256/{hashlib.sha256(data).hexdigest()[:2]}" in " ".join(bucket.keys)
        assert '"status": 302' in log
        assert '"PUT"' not in log, "parts go to the bucket itself"
    else:
        assert "xorbs/" in " ".join(bucket.keys)
        assert "/v2/reconstructions/" in log
        assert "/xet/g1/fetch/" not in log


def test_git_lfs_sends_and_fetches_through_the_bucket(client, bucket, bucket_site, live_cast, tmp_path):
    data = numpy.random.default_rng(7).bytes(3_000_000)
    client.python("api.create_repo('owner/cloned')")
    url = bucket_site.url.replace("http://", f"http://owner:{client.token}@") + "/owner/cloned"
    environment = {**client.variables, "GIT_AUTHOR_NAME": "owner", "GIT_AUTHOR_EMAIL": "owner@example.com"}
    environment |= {"GIT_COMMITTER_NAME": "owner", "GIT_COMMITTER_EMAIL": "owner@example.com"}

    def git(*words, folder="work"):
        done = subprocess.run(
            ["git", *words],
            cwd=tmp_path / folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr

    git("lfs", "install", "--skip-repo", folder=".")
    git("clone", url, "work", folder=".")
    (tmp_path / "work" / "big.bin").write_bytes(data)
    git("add", ".")
    git("commit", "-m", "add")
    git("push")
    git("clone", url, "again", folder=".")

    assert (tmp_path / "again" / "big.bin").read_bytes() == data
    oid = hashlib.sha256(data).hexdigest()
    assert f"sha256/{oid[:2]}/{oid[2:4]}/{oid}" in bucket.keys
