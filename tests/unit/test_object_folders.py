"""Folders of objects on disk, in a bucket and in both: storing, keeping, releasing, collecting."""

from __future__ import annotations

import hashlib
import io
import os
import random
import threading
import time
from datetime import timedelta
from itertools import islice
from pathlib import Path

import pytest
import requests
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from apps.core.errors import BadRequest, TooLarge
from apps.core.objects.direct_uploads import UPLOADS, begin_direct_upload, takes_direct_uploads, upload_key
from apps.core.objects.errors import MissingBytes, WrongBytes
from apps.core.objects.folders import ObjectFolder, StoredObject, declared_folders
from apps.core.objects.services import collect_folder, collect_on_schedule, collect_orphans
from apps.core.objects.stores import object_store
from apps.users.accounts.folders import AVATARS
from apps.users.accounts.models import Avatar, Namespace
from tests.api.buckets import Bucket, bucket_server

DATA = random.Random(7).randbytes(3_000_000)
SHA256 = hashlib.sha256(DATA).hexdigest()
MEBIBYTE = 1 << 20


@pytest.fixture(scope="module")
def bucket_url():
    with bucket_server() as url:
        yield url


@pytest.fixture(params=["local", "s3", "pair"])
def kind(request, settings, tmp_path) -> str:
    """The site's store: a folder, a bucket, or a bucket with a folder behind it.

    A test of some of them names them: `of_kinds("s3")`.
    """
    settings.SPOOL_ROOT = tmp_path / "spool"
    local = {"kind": "local", "root": tmp_path / "objects"}
    settings.OBJECT_STORE = local
    if request.param != "local":
        settings.OBJECT_STORE = Bucket(request.getfixturevalue("bucket_url")).options
    settings.OBJECT_STORE_FALLBACK = local if request.param == "pair" else {}
    return request.param


def of_kinds(*names: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("kind", names, indirect=True)


def blocks(data: bytes = DATA, size: int = 700_000):
    return (data[start : start + size] for start in range(0, len(data), size))


def a_row(stored: StoredObject, name: str = "owner") -> Avatar:
    facts = {"sha256": stored.sha256, "size": stored.size, "content_type": "image/webp"}
    return Avatar.objects.create(namespace=Namespace.objects.get(key=name), **facts)


def files_of(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("sha256", ["", SHA256])
def test_a_stream_is_stored_under_its_hash_and_read_whole_and_by_range(kind, sha256):
    stored = AVATARS.put(blocks(), limit_bytes=len(DATA), sha256=sha256)

    assert stored == StoredObject(SHA256, len(DATA))
    assert AVATARS.size(SHA256) == len(DATA)
    assert AVATARS.read(stored) == DATA
    assert b"".join(AVATARS.open(stored).open_range(1_000_000, 2_000_001)) == DATA[1_000_000:2_000_001]
    assert [entry.key for entry in AVATARS.entries()] == [f"avatars/{SHA256[:2]}/{SHA256[2:4]}/{SHA256}"]


@pytest.mark.parametrize("sha256", ["", SHA256])
def test_a_stream_above_the_limit_leaves_nothing(kind, sha256, tmp_path):
    with pytest.raises(TooLarge) as refused:
        AVATARS.put(blocks(), limit_bytes=len(DATA) - 1, sha256=sha256)

    assert refused.value.facts == {"limit_bytes": len(DATA) - 1}
    assert not AVATARS.exists(SHA256)
    assert files_of(tmp_path) == []


def test_a_stream_that_does_not_match_its_hash_leaves_nothing(kind, tmp_path):
    with pytest.raises(WrongBytes):
        AVATARS.put(blocks(), limit_bytes=len(DATA), sha256="ab" * 32)

    assert list(AVATARS.entries()) == []
    assert files_of(tmp_path) == []


def test_an_object_without_bytes_is_an_object(kind):
    stored = AVATARS.put([], limit_bytes=0)

    assert AVATARS.read(stored) == b""
    assert AVATARS.exists(stored.sha256)


@pytest.mark.parametrize("name", ["", "../../secrets/key", "AB" * 32, "ab" * 31, "ab" * 32 + "\n"])
def test_only_a_hash_becomes_a_key(name):
    with pytest.raises(ValueError):
        AVATARS.key(name)


def test_objects_are_listed_in_the_order_of_their_keys_page_by_page(kind):
    stored = [AVATARS.put_bytes(bytes([number])) for number in range(40)]
    keys = sorted(AVATARS.key(one.sha256) for one in stored)

    pages, after = [], ""
    while page := list(islice(AVATARS.entries(after=after), 7)):
        pages.append([entry.key for entry in page])
        after = page[-1].key

    assert [key for page in pages for key in page] == keys
    assert {len(page) for page in pages[:-1]} == {7}
    assert {entry.size for entry in AVATARS.entries()} == {1}
    assert all(abs(timezone.now() - entry.modified_at) < timedelta(minutes=5) for entry in AVATARS.entries())


def test_files_and_folders_with_similar_names_are_listed_in_order(kind):
    keys = ["avatars/a", "avatars/a.b", "avatars/a/b", "avatars/a0", "avatars/b/c/d"]
    if kind != "s3":
        keys.remove("avatars/a")  # a folder has this name
    for key in keys:
        object_store().put(key, b"x")

    assert list(object_store().keys("avatars")) == sorted(keys)
    for number, key in enumerate(sorted(keys)):
        rest = object_store().entries("avatars", after=key)
        assert [entry.key for entry in rest] == sorted(keys)[number + 1 :]


@of_kinds("pair")
def test_a_pair_lists_each_object_once(kind, settings):
    both = AVATARS.put_bytes(b"in both")
    new = AVATARS.put_bytes(b"new")
    settings.OBJECT_STORE, settings.OBJECT_STORE_FALLBACK = (
        settings.OBJECT_STORE_FALLBACK,
        settings.OBJECT_STORE,
    )
    AVATARS.put_bytes(b"in both")
    old = AVATARS.put_bytes(b"old")

    assert [entry.key for entry in AVATARS.entries()] == sorted(
        AVATARS.key(one.sha256) for one in (both, new, old)
    )


def test_an_object_goes_with_the_last_row_that_refers_to_it(cast, kind, django_capture_on_commit_callbacks):
    stored = AVATARS.put(blocks(), limit_bytes=len(DATA))
    first, second = a_row(stored), a_row(stored, "grove")

    with django_capture_on_commit_callbacks(execute=True):
        first.delete()
        AVATARS.release(SHA256)
    assert AVATARS.exists(SHA256)

    with django_capture_on_commit_callbacks(execute=True):
        second.delete()
        AVATARS.release(SHA256)
        assert AVATARS.exists(SHA256)
    assert not AVATARS.exists(SHA256)


def test_an_object_that_is_gone_is_not_kept(cast, kind):
    stored = AVATARS.put(blocks(), limit_bytes=len(DATA))
    AVATARS.delete_unused(SHA256)

    with pytest.raises(MissingBytes), transaction.atomic():
        AVATARS.keep(stored.sha256)


def test_a_store_that_fails_after_the_commit_leaves_the_object_to_the_collection(
    cast, own_store, monkeypatch, django_capture_on_commit_callbacks
):
    AVATARS.put(blocks(), limit_bytes=len(DATA))
    monkeypatch.setattr("apps.core.objects.local_store.LocalStore.delete", lambda self, key: 1 / 0)

    with django_capture_on_commit_callbacks(execute=True):
        AVATARS.release(SHA256)
    monkeypatch.undo()

    assert AVATARS.exists(SHA256)
    assert collect_folder(AVATARS, before=timezone.now() + timedelta(seconds=1)) == 1


@pytest.mark.django_db(transaction=True)
def test_a_deletion_waits_for_a_row_that_is_about_to_refer_to_the_object(transactional_db, own_store):
    stored = AVATARS.put(blocks(), limit_bytes=len(DATA))
    namespace = Namespace.objects.create(name="late", kind="organization")
    deleted: list[bool] = []

    def delete() -> None:
        deleted.append(AVATARS.delete_unused(SHA256))
        connection.close()

    with transaction.atomic():
        AVATARS.keep(SHA256)
        other = threading.Thread(target=delete)
        other.start()
        time.sleep(0.3)
        assert deleted == []
        Avatar.objects.create(namespace=namespace, sha256=SHA256, size=stored.size, content_type="image/webp")
    other.join(20)

    assert deleted == [False]
    assert AVATARS.read(stored) == DATA


def test_old_objects_without_a_row_are_collected(cast, kind):
    kept, orphan = AVATARS.put_bytes(b"kept"), AVATARS.put_bytes(b"orphan")
    a_row(kept)
    now = timezone.now()

    assert collect_folder(AVATARS, before=now - timedelta(hours=1)) == 0
    assert collect_folder(AVATARS, before=now + timedelta(hours=1)) == 1
    assert [entry.key for entry in AVATARS.entries()] == [AVATARS.key(kept.sha256)]
    assert not AVATARS.exists(orphan.sha256)


def test_the_collection_leaves_what_is_new_and_what_apps_collect(cast, own_store, settings):
    settings.GARBAGE_MIN_AGE_HOURS = 48
    root = settings.OBJECT_STORE["root"]
    old = time.time() - 3 * 86_400
    keys = [
        "avatars/ab/ab/" + "ab" * 32,
        "avatars/not a hash",
        "uploads/avatars/1",
        "sha256/ab/ab/" + "ab" * 32,
        "parts/1/whole",
    ]
    for key in keys:
        object_store().put(key, b"x")
        os.utime(root / key, (old, old))
    new = AVATARS.put_bytes(b"new")
    object_store().put("uploads/avatars/2", b"x")

    assert collect_orphans() == 2

    assert {str(path.relative_to(root)) for path in files_of(root)} == {
        *(key for key in keys if not key.startswith(("avatars/ab", "uploads/"))),
        AVATARS.key(new.sha256),
        "uploads/avatars/2",
    }


def test_nothing_is_collected_where_the_operator_does_it(cast, own_store, settings):
    settings.GARBAGE_COLLECTION, settings.GARBAGE_MIN_AGE_HOURS = False, -1
    AVATARS.put_bytes(b"orphan")

    assert collect_on_schedule() == 0
    call_command("storage", "collect", stdout=io.StringIO())
    assert list(AVATARS.entries()) == []


def test_names_of_folders_are_unique():
    names = [folder.name for folder in declared_folders()]

    assert sorted(names) == sorted(set(names))
    assert {"avatars", "uploads", "sha256", "xorbs", "parts"} <= set(names)


@of_kinds("local")
def test_parts_pass_through_a_site_without_a_bucket(kind):
    assert not takes_direct_uploads(100 * MEBIBYTE)


@of_kinds("s3", "pair")
def test_parts_go_to_the_bucket_directly_and_become_the_object_when_they_are_verified(kind):
    assert takes_direct_uploads(5 * MEBIBYTE)
    assert not takes_direct_uploads(MEBIBYTE)
    upload = begin_direct_upload(upload_key(AVATARS, 7))

    etags = send_parts(upload)
    upload.join(etags)
    assert not AVATARS.exists(SHA256)
    upload.move_to(AVATARS.key(SHA256), StoredObject(SHA256, len(DATA)))
    upload.discard()

    assert AVATARS.read(StoredObject(SHA256, len(DATA))) == DATA
    assert list(UPLOADS.entries()) == []


def send_parts(upload) -> dict[int, str]:
    (url,) = upload.part_urls({1: len(DATA)}, seconds=60).values()
    return {1: requests.put(url, data=DATA, timeout=20).headers["ETag"]}


@of_kinds("s3", "pair")
@pytest.mark.parametrize("claimed", [("ab" * 32, len(DATA)), (SHA256, len(DATA) - 1)])
def test_parts_that_do_not_match_never_become_an_object(kind, claimed):
    upload = begin_direct_upload(upload_key(AVATARS, 8))
    upload.join(send_parts(upload))

    with pytest.raises(WrongBytes):
        upload.move_to(AVATARS.key(claimed[0]), StoredObject(*claimed))
    upload.discard()

    assert list(AVATARS.entries()) == []
    assert list(UPLOADS.entries()) == []


@of_kinds("s3", "pair")
def test_missing_parts_are_refused_and_may_still_be_sent(kind):
    upload = begin_direct_upload(upload_key(AVATARS, 9))

    with pytest.raises(BadRequest) as refused:
        upload.join({1: '"0123"'})
    upload.join(send_parts(upload))

    assert refused.value.code == "MissingParts"
    assert object_store().size(upload.key) == len(DATA)


def test_a_folder_of_another_app_needs_its_name_and_rows_alone(cast, own_store):
    pages = ObjectFolder(name="pages", rows=Avatar.objects.all)
    stored = pages.put_bytes(b"a page")
    a_row(stored)

    assert list(pages.expected()) == [(pages.key(stored.sha256), 6)]
    assert not AVATARS.exists(stored.sha256)
