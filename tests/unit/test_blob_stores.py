"""Both object stores keep objects whole or not at all, and read any range."""

import os
import time

import pytest
from moto.server import ThreadedMotoServer

from apps.core.objects.errors import MissingBytes
from apps.core.objects.local_store import INCOMING, LocalStore
from apps.core.objects.s3_bucket import connect
from apps.core.objects.s3_store import S3Store
from apps.registry.blobs.keys import blob_key

DATA = os.urandom(3_000_000)
KEY = blob_key("ab" * 32)


@pytest.fixture(scope="module")
def bucket_url():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(params=["local", "s3"])
def store(request, tmp_path):
    if request.param == "local":
        return LocalStore(tmp_path)
    url = request.getfixturevalue("bucket_url")
    name = f"objects-{time.monotonic_ns()}"
    bucket = connect(bucket=name, spool=tmp_path, endpoint_url=url, access_key="a", secret_key="b")
    bucket.client.create_bucket(Bucket=name)
    return S3Store(bucket)


def write(store, data=DATA, *, commit=True):
    with store.writer(KEY) as writer:
        for start in range(0, len(data), 700_000):
            writer.write(data[start : start + 700_000])
        if commit:
            writer.commit()


def test_what_was_kept_is_read_back_whole_and_by_range(store):
    write(store)

    assert store.size(KEY) == len(DATA)
    assert b"".join(store.stream(KEY, 0, len(DATA))) == DATA
    assert store.read(KEY, 1_500_000, 1_500_010) == DATA[1_500_000:1_500_010]
    assert b"".join(store.stream(KEY, 999_999, 2_999_999)) == DATA[999_999:2_999_999]
    assert b"".join(store.stream(KEY, 5, 5)) == b"" == store.read(KEY, 5, 5)


def test_what_was_not_kept_is_nowhere(store, tmp_path):
    write(store, commit=False)

    assert store.size(KEY) is None
    assert list(store.keys("sha256")) == []
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_an_upload_that_fails_leaves_nothing(store, tmp_path):
    with pytest.raises(ZeroDivisionError), store.writer(KEY) as writer:
        writer.write(DATA)
        raise ZeroDivisionError

    assert not store.has(KEY)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_bytes_after_a_truncation_are_forgotten(store):
    with store.writer(KEY) as writer:
        writer.write(DATA)
        writer.truncate(1000)
        writer.commit()

    assert store.read(KEY, 0, 1000) == DATA[:1000]
    assert store.size(KEY) == 1000


def test_absent_objects_and_absent_bytes_are_refused(store):
    store.put(KEY, b"short")

    with pytest.raises(MissingBytes):
        store.read(KEY, 0, 100)
    with pytest.raises(MissingBytes):
        list(store.stream(KEY, 0, 100))
    with pytest.raises(MissingBytes):
        store.read(blob_key("cd" * 32), 0, 1)
    with pytest.raises(MissingBytes):
        store.stream(blob_key("cd" * 32), 0, 1)


def test_objects_are_listed_below_a_folder_and_deleted(store):
    for name in ("parts/a/00001", "parts/a/00002", "parts/b/00001"):
        store.put(name, b"x")

    assert sorted(store.keys("parts/a")) == ["parts/a/00001", "parts/a/00002"]
    store.delete("parts/a/00001")
    store.delete("parts/a/00001")
    assert sorted(store.keys("parts")) == ["parts/a/00002", "parts/b/00001"]


def test_only_a_local_store_has_files_to_send(store, tmp_path):
    store.put(KEY, b"abc")

    path = store.local_path(KEY)
    assert path is None if isinstance(store, S3Store) else path.read_bytes() == b"abc"
    assert store.local_path(blob_key("cd" * 32)) is None


def test_what_a_killed_process_left_is_swept_after_a_while(tmp_path):
    store = LocalStore(tmp_path)
    for name, age in (("old", 90_000), ("new", 10)):
        path = tmp_path / INCOMING / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"half")
        os.utime(path, (time.time() - age,) * 2)

    assert store.sweep(older_than_seconds=86_400, folders=["sha256"]) == 1
    assert [path.name for path in (tmp_path / INCOMING).iterdir()] == ["new"]


def test_what_was_placed_is_there_at_once_and_can_be_made_durable(store):
    with store.writer(KEY) as writer:
        writer.write(DATA)
        writer.publish()

    assert store.read(KEY, 0, 1000) == DATA[:1000]
    store.make_durable([KEY])


def test_what_is_gone_cannot_be_made_durable(tmp_path):
    with pytest.raises(MissingBytes):
        LocalStore(tmp_path).make_durable([KEY])
