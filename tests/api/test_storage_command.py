"""Moving large objects between disk and bucket, also when killed halfway, while the site runs."""

import hashlib
import io
import re
from multiprocessing import get_context

import pytest
from django.core.management import CommandError, call_command

from apps.core.objects.folders import declared_folders
from apps.core.objects.stores import store_of
from apps.registry.blobs import generation as generations
from apps.registry.blobs.keys import blob_key, xorb_key
from apps.registry.blobs.readers import ObjectReader
from apps.registry.blobs.selectors import object_for
from apps.registry.blobs.services import UploadContext, begin_multipart, link_objects, store_blob, store_part
from apps.users.accounts.folders import AVATARS
from apps.users.accounts.models import Avatar
from tests.api.buckets import Bucket, bucket_server
from tests.api.xet_calls import XetClient
from tests.conftest import wait_until
from tests.makers import a_repo
from tests.xet_samples import SampleFile, SampleXorb, noise_bytes, split_chunks

ONE = SampleXorb(split_chunks(noise_bytes(200_000), 30_000), [0, 1, 0, 1, 0, 0, 1])
FILE = SampleFile.whole(ONE)


@pytest.fixture(scope="module")
def server():
    with bucket_server() as url:
        yield url


@pytest.fixture
def bucket(server, settings, tmp_path):
    """A bucket in addition to the local folder in use."""
    made = Bucket(server)
    settings.OBJECT_STORES = {"local": {"kind": "local", "root": tmp_path / "objects"}, "s3": made.options}
    settings.OBJECT_STORE = settings.OBJECT_STORES["local"]
    settings.SPOOL_ROOT = tmp_path / "spool"
    generations._seen.clear()
    return made


def store_object(repo, number: int, size: int = 50_000) -> tuple[str, bytes]:
    data = number.to_bytes(4, "big") + noise_bytes(size)
    oid = hashlib.sha256(data).hexdigest()
    store_blob(UploadContext(repo.pk), sha256=oid, size=len(data), blocks=[data])
    link_objects(repo.pk, [(oid, None)])
    return oid, data


@pytest.fixture
def repo(client, cast, bucket):
    """Three blobs, a Xet file, a part of an unfinished upload, and an avatar."""
    repo = a_repo(cast.owner)
    stored = AVATARS.put_bytes(b"RIFF")
    Avatar.objects.create(namespace=cast.owner.user.namespace, sha256=stored.sha256, size=4, content_type="")
    for number in range(3):
        store_object(repo, number)
    XetClient(client, repo, cast.owner).send_file(FILE)
    upload = begin_multipart(UploadContext(repo.pk), sha256="a" * 64, size=10)
    store_part(repo.pk, upload.pk, 1, [b"0123456789"])
    return repo


def everything_of(store) -> dict[str, bytes]:
    keys = [key for folder in declared_folders() for key in store.keys(folder.name)]
    return {key: store.read(key, 0, store.size(key)) for key in keys}


def flip_last_bit(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])


def storage(*arguments: str) -> list[int]:
    """Run the command and return the numbers that it prints."""
    out = io.StringIO()
    call_command("storage", *arguments, stdout=out, stderr=io.StringIO())
    return [int(number) for number in re.findall(r"\b\d+\b", out.getvalue())]


def test_objects_go_to_the_bucket_and_back_unchanged(repo, settings):
    local, remote = (store_of(settings.OBJECT_STORES[kind]) for kind in ("local", "s3"))
    before = everything_of(local)

    assert storage("migrate", "--to", "s3")[0] == 6
    assert everything_of(remote) == before
    assert storage("migrate", "--to", "s3") == [0, 0, 6]
    for key in before:
        local.delete(key)
    assert storage("migrate", "--to", "local")[0] == 6

    assert everything_of(local) == before


def test_the_site_reads_and_writes_on_while_objects_move(repo, cast, settings):
    settings.OBJECT_STORE_FALLBACK, settings.OBJECT_STORE = (
        settings.OBJECT_STORE,
        settings.OBJECT_STORES["s3"],
    )
    remote = store_of(settings.OBJECT_STORES["s3"])

    new, _data = store_object(repo, 9)
    old = object_for(repo.pk, FILE.oid)
    assert b"".join(ObjectReader(old).open_range(0, old.size)) == FILE.data
    assert remote.has(blob_key(new))
    assert not remote.has(xorb_key(ONE.text))
    settings.OBJECT_STORE_FALLBACK = {}
    with pytest.raises(CommandError, match=r"\b5\b"):
        storage("check")
    settings.OBJECT_STORE_FALLBACK = settings.OBJECT_STORES["local"]
    assert storage("migrate", "--to", "s3", "--remove")[3] == 6
    settings.OBJECT_STORE_FALLBACK = {}

    assert b"".join(ObjectReader(object_for(repo.pk, FILE.oid)).open_range(0, len(FILE.data))) == FILE.data
    assert storage("check", "--deep") == [6]
    assert everything_of(store_of(settings.OBJECT_STORES["local"])) == {}


def test_nothing_is_removed_while_the_site_still_uses_the_old_store(repo):
    with pytest.raises(CommandError, match="STORAGE=s3"):
        storage("migrate", "--to", "s3", "--remove")


def test_an_object_with_a_wrong_hash_is_reported_and_not_copied(repo, bucket, tmp_path):
    (rotten,) = (tmp_path / "objects" / "xorbs").rglob(ONE.text)
    rotten.write_bytes(flip_last_bit(ONE.body))
    blob = next((tmp_path / "objects" / "sha256").rglob("?" * 64))
    blob.write_bytes(flip_last_bit(blob.read_bytes()))
    avatar = next((tmp_path / "objects" / "avatars").rglob("?" * 64))
    avatar.write_bytes(b"RIFT")

    with pytest.raises(CommandError, match=r"\b3\b"):
        storage("check", "--deep")
    with pytest.raises(CommandError, match=r"\b3\b"):
        storage("migrate", "--to", "s3")

    assert not any(name in key for key in bucket.keys for name in (ONE.text, blob.name, avatar.name))
    assert len([key for key in bucket.keys if key.startswith("sha256/")]) == 2


def test_without_a_bucket_the_command_names_the_setting(db, settings):
    settings.OBJECT_STORES = {"local": settings.OBJECT_STORE}

    with pytest.raises(CommandError, match="S3_BUCKET"):
        storage("migrate", "--to", "s3")


def test_clients_can_be_made_to_forget(db):
    generations._seen.clear()
    before = generations.generation()

    assert storage("forget-clients") == [generations.generation()]
    assert generations.generation() > before


@pytest.mark.parametrize("to", ["s3", "local"])
def test_a_move_that_is_killed_goes_on_where_it_was(db, bucket, settings, to):
    source = store_of(settings.OBJECT_STORES["local" if to == "s3" else "s3"])
    target = store_of(settings.OBJECT_STORES[to])
    for number in range(16):
        data = number.to_bytes(4, "big") + noise_bytes(100_000)
        source.put(blob_key(hashlib.sha256(data).hexdigest()), data)

    first = get_context("fork").Process(target=call_command, args=("storage", "migrate", "--to", to))
    first.start()
    wait_until(
        lambda: len(list(target.keys("sha256"))) >= 2 or not first.is_alive(),
        every=0.01,
        what="the first objects",
    )
    first.kill()
    first.join()
    some = everything_of(target)
    (copied, *_) = storage("migrate", "--to", to)

    assert first.exitcode == -9
    assert 2 <= len(some) < 16
    assert all(hashlib.sha256(data).hexdigest() == key.rpartition("/")[2] for key, data in some.items())
    assert copied == 16 - len(some)
    assert everything_of(target) == everything_of(source)
