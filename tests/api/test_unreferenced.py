"""Uploads that no commit references: how long they count, and against which quota."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.core.errors import OverQuota
from apps.registry.blobs.models import KnownXorb, MultipartUpload, RepoObject, UploadReservation, Xorb
from apps.registry.blobs.services import (
    UploadContext,
    begin_multipart,
    store_blob,
    store_part,
    store_xorb,
    sweep_uploads,
)
from apps.registry.blobs.services.garbage import Cutoffs, sweep_xorbs
from apps.registry.blobs.services.reservations import MIN_RESERVED_BYTES, reserve_bytes
from apps.registry.blobs.unreferenced import unreferenced_bytes
from tests.api.test_lfs_batch import post_batch
from tests.api.test_lfs_objects import put
from tests.api.xet_calls import XetClient
from tests.makers import a_repo
from tests.xet_samples import SampleFile, SampleXorb, a_shard, noise_bytes, split_chunks

pytestmark = pytest.mark.usefixtures("own_store")

KIB = 1024
ONE, TWO = (SampleXorb(split_chunks(noise_bytes(size), 30_000)) for size in (210_000, 150_000))
DATA = noise_bytes(100_000)
OID = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def xet(client, cast):
    return XetClient(client, a_repo(cast.owner), cast.owner)


@pytest.fixture
def user(cast):
    return cast.owner.user.pk


def test_a_xorb_counts_until_a_shard_names_it_and_its_file_until_a_commit_does(xet, user):
    file = SampleFile.whole(ONE)

    xet.send_xorb(ONE)
    assert unreferenced_bytes(user) == len(ONE.body)
    xet.send_file(file, commit=False)
    assert unreferenced_bytes(user) == len(file.data)
    xet.send_file(file, commit=True)

    assert unreferenced_bytes(user) == 0


def test_a_xorb_beyond_the_limit_is_refused_for_good_and_not_stored(xet, user, settings, tmp_path):
    settings.UNREFERENCED_LIMIT_BYTES = 300 * KIB
    xet.send_xorb(ONE)

    refused = xet.send_xorb(TWO)

    assert (refused.status_code, refused.json()["code"]) == (403, "OverQuota")
    assert not Xorb.objects.filter(pk=TWO.text).exists()
    assert [
        path.name
        for path in (tmp_path / "objects" / "xorbs").rglob("*")
        if path.is_file() and TWO.text in path.name
    ] == []
    assert xet.send_xorb(ONE).status_code == 200
    xet.send_file(SampleFile.whole(ONE))
    assert xet.send_xorb(TWO).status_code == 200


def test_a_refused_or_broken_xorb_counts_for_nothing(xet, user):
    assert xet.send_xorb(ONE, ONE.body[:-5]).status_code == 400

    assert unreferenced_bytes(user) == 0
    assert not UploadReservation.objects.exists()


def test_the_smallest_xorb_counts_for_what_it_takes_on_the_disk(xet, user):
    xet.send_xorb(SampleXorb([b"x"]))

    assert unreferenced_bytes(user) == MIN_RESERVED_BYTES


def test_a_xorb_that_is_collected_counts_no_more(xet, user):
    xet.send_xorb(ONE)
    Xorb.objects.update(marked_for_deletion_at=timezone.now() - timedelta(days=9))

    list(sweep_xorbs(Cutoffs.now()))

    assert unreferenced_bytes(user) == 0
    assert not KnownXorb.objects.exists()


def test_the_quota_of_a_namespace_counts_xorbs_and_does_not_count_them_twice(xet, settings):
    settings.USAGE_LIMITS = {"storage_bytes": 400_000}
    xet.send_xorb(ONE)

    assert xet.send_shard(a_shard([SampleFile.whole(ONE)]))[-1] == {"type": "result"}
    assert xet.send_xorb(TWO).status_code == 200
    assert xet.send_xorb(SampleXorb([noise_bytes(60_000)])).status_code == 403


def test_an_lfs_object_counts_until_its_commit_and_is_refused_beyond_the_limit(
    client, cast, xet, user, settings
):
    rows = post_batch(client, xet.repo.address.path, cast.owner, objects=[(OID, len(DATA))]).json()["objects"]
    href = rows[0]["actions"]["upload"]["href"]
    settings.UNREFERENCED_LIMIT_BYTES = 99_999

    assert put(client, href, DATA).status_code == 403
    assert not RepoObject.objects.exists()
    settings.UNREFERENCED_LIMIT_BYTES = 100_000
    assert put(client, href, DATA).status_code == 200

    assert unreferenced_bytes(user) == len(DATA)
    RepoObject.objects.update(committed_at=timezone.now())
    assert unreferenced_bytes(user) == 0


def test_many_signed_urls_do_not_exceed_the_quota(client, cast, xet, settings):
    settings.USAGE_LIMITS = {"storage_bytes": 250_000}
    bodies = [DATA[number:] for number in range(4)]
    names = [(hashlib.sha256(body).hexdigest(), len(body)) for body in bodies]
    hrefs = [
        post_batch(client, xet.repo.address.path, cast.owner, objects=[name]).json()["objects"][0]["actions"][
            "upload"
        ]["href"]
        for name in names
    ]

    codes = [put(client, href, body).status_code for href, body in zip(hrefs, bodies, strict=True)]

    assert codes == [200, 200, 403, 403]


def test_parts_count_as_they_come_and_the_upload_is_bounded(user, db, settings):
    settings.LFS_PART_BYTES, settings.UNREFERENCED_LIMIT_BYTES = 40_000, 90_000
    upload = begin_multipart(UploadContext(uuid4(), user), sha256=OID, size=len(DATA))
    assert unreferenced_bytes(user) == 0

    store_part(upload.repo_key, upload.pk, 1, [DATA[:40_000]])
    store_part(upload.repo_key, upload.pk, 2, [DATA[40_000:80_000]])
    with pytest.raises(OverQuota):
        store_part(upload.repo_key, upload.pk, 3, [DATA[80_000:]])

    assert unreferenced_bytes(user) == 80_000
    MultipartUpload.objects.update(created_at=timezone.now() - timedelta(days=3))
    sweep_uploads()
    assert unreferenced_bytes(user) == 0


def test_what_a_killed_process_reserved_counts_until_it_is_swept(user):
    UploadReservation.objects.create(
        user_id=user, repo_key=uuid4(), size=7, started_at=timezone.now() - timedelta(days=3)
    )
    assert unreferenced_bytes(user) == 7

    sweep_uploads()

    assert unreferenced_bytes(user) == 0


def test_a_xorb_costs_few_queries_for_being_counted(xet):
    context = UploadContext(xet.repo.pk, xet.person.user.pk, uploader="person:1")
    xet.send_xorb(TWO)

    with CaptureQueriesContext(connection) as counted:
        store_xorb(context, hash=ONE.text, blocks=[ONE.body], size=len(ONE.body))

    assert len([query for query in counted if "SAVEPOINT" not in query["sql"]]) <= 16


@pytest.mark.django_db(transaction=True)
def test_the_limit_holds_however_many_come_at_once(settings):
    settings.UNREFERENCED_LIMIT_BYTES = 10 * MIN_RESERVED_BYTES

    def hold(number):
        body = noise_bytes(MIN_RESERVED_BYTES) + bytes([number])
        try:
            store_blob(
                UploadContext(uuid4(), 5),
                sha256=hashlib.sha256(body).hexdigest(),
                size=len(body),
                blocks=[body],
            )
            return True
        except OverQuota:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        kept = sum(pool.map(hold, range(30)))

    assert kept == 9
    assert unreferenced_bytes(5) <= settings.UNREFERENCED_LIMIT_BYTES


@pytest.mark.django_db(transaction=True)
def test_bytes_under_way_count_for_those_that_come_next(settings):
    settings.UNREFERENCED_LIMIT_BYTES = 3 * MIN_RESERVED_BYTES
    context = UploadContext(uuid4(), 5)

    with reserve_bytes(context, 2 * MIN_RESERVED_BYTES):
        with pytest.raises(OverQuota), reserve_bytes(context, 2 * MIN_RESERVED_BYTES):
            pass
        with reserve_bytes(context, MIN_RESERVED_BYTES):
            assert unreferenced_bytes(5) == 3 * MIN_RESERVED_BYTES

    assert unreferenced_bytes(5) == 0


def test_a_form_or_a_put_beyond_the_limit_is_refused_before_its_bytes_are_spooled(
    client, cast, xet, settings, tmp_path
):
    settings.UNREFERENCED_LIMIT_BYTES = 50_000
    spool = tmp_path / "spool"
    client.force_login(cast.owner.user)

    form = client.post("/owner/tiny/upload/main", {"files": [SimpleUploadedFile("a.bin", DATA)]})
    kept = client.post("/owner/tiny/upload/main", {"files": [SimpleUploadedFile("a.bin", DATA[:1000])]})
    client.logout()
    body = client.put(
        "/api/v1/repos/model/owner/tiny/files/b.bin",
        DATA,
        content_type="application/octet-stream",
        headers=cast.owner.headers,
    )

    assert [form.status_code, kept.status_code, body.status_code] == [403, 302, 403]
    assert body.json()["code"] == "OverQuota"
    assert [path for path in spool.rglob("*") if path.is_file()] == []
    assert not UploadReservation.objects.exists()
