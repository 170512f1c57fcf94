"""Leftovers of aborted uploads and deleted repositories, and shared objects."""

import hashlib
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from apps.core.objects.stores import object_store
from apps.registry.blobs.errors import MissingObject
from apps.registry.blobs.keys import blob_key
from apps.registry.blobs.models import MultipartUpload, RepoObject, StoredBlob, XetFile
from apps.registry.blobs.readers import ObjectReader
from apps.registry.blobs.selectors import object_for, objects_for, stored_bytes, xet_hashes_for
from apps.registry.blobs.services import (
    UploadContext,
    begin_multipart,
    hash_blob,
    hash_blobs,
    link_objects,
    share_object,
    store_blob,
    store_part,
    sweep_uploads,
    unlink_repo,
)
from tests.xet_samples import noise_bytes

DATA = noise_bytes(250_000)
OID = hashlib.sha256(DATA).hexdigest()

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_store(settings, own_store):
    settings.LFS_PART_BYTES = 100_000


def store_object(repo_key, *, committed=True):
    store_blob(UploadContext(repo_key, 7), sha256=OID, size=len(DATA), blocks=[DATA])
    if committed:
        link_objects(repo_key, [(OID, None)])


def test_an_abandoned_multipart_upload_is_swept_after_its_grace_period():
    upload = begin_multipart(UploadContext(uuid4()), sha256=OID, size=len(DATA))
    store_part(upload.repo_key, upload.pk, 1, [DATA[:100_000]])

    assert sweep_uploads() == 0
    MultipartUpload.objects.update(created_at=timezone.now() - timedelta(days=3))
    assert sweep_uploads() == 1

    assert list(object_store().keys("parts")) == []
    assert not MultipartUpload.objects.exists()


def test_linking_returns_sizes_and_remembers_the_first_commit():
    key = uuid4()
    store_object(key, committed=False)

    assert link_objects(key, [(OID, None)]) == {OID: 250_000}
    first = object_for(key, OID, committed=True).committed_at
    link_objects(key, [(OID, 250_000)])

    assert object_for(key, OID).committed_at == first
    assert stored_bytes([key]) == 250_000


def test_an_object_is_shared_without_its_bytes_and_only_if_it_is_committed():
    source, target = uuid4(), uuid4()
    store_object(source, committed=False)
    with pytest.raises(MissingObject):
        share_object(source, UploadContext(target), OID)
    link_objects(source, [(OID, None)])

    share_object(source, UploadContext(target, 9), OID)

    assert (object_for(target, OID).size, object_for(target, OID).uploaded_by) == (250_000, 9)
    assert object_for(target, OID, committed=True) is None
    with pytest.raises(MissingObject):
        share_object(source, UploadContext(target), OID, xet_hash="0" * 64)


def test_the_xet_hash_of_a_plain_blob_is_that_of_a_client_and_computed_once():
    source, target = uuid4(), uuid4()
    blob = b"".join(hashlib.sha256(number.to_bytes(8, "little")).digest() for number in range(31_250))
    sha256 = hashlib.sha256(blob).hexdigest()
    store_blob(UploadContext(source), sha256=sha256, size=len(blob), blocks=[blob])
    link_objects(source, [(sha256, None)])

    assert xet_hashes_for(source, [sha256]) == {}
    assert hash_blobs(seconds=-1) == 0
    assert (hash_blobs(), hash_blobs(), hash_blob(sha256)) == (1, 0, False)

    # the vector of the protocol's description
    xet_hash = "821f3082696957442edc1152ff335f9107b9195661bbd39b7805e162c1284db9"
    assert xet_hashes_for(source, [sha256, OID]) == {sha256: xet_hash}
    assert xet_hashes_for(target, [sha256]) == {}
    share_object(source, UploadContext(target), sha256, xet_hash=xet_hash)
    assert object_for(target, sha256).size == 1_000_000


def test_a_blob_without_bytes_does_not_keep_others_from_their_xet_hash():
    StoredBlob.objects.create(sha256="0" * 64, size=1)
    store_object(uuid4())

    assert hash_blobs() == 1
    assert StoredBlob.objects.get(sha256=OID).xet_hash


def test_dropping_links_hides_the_objects_from_that_repo_alone():
    one, two = uuid4(), uuid4()
    store_object(one)
    store_object(two)

    unlink_repo(one)

    assert object_for(one, OID) is None
    assert ObjectReader(object_for(two, OID)).local_file().read_bytes() == DATA
    assert object_store().has(blob_key(OID))


def test_many_objects_are_found_with_one_query(django_assert_num_queries):
    key = uuid4()
    file = XetFile.objects.create(hash="a" * 64, size=5, terms=b"", sha256="b" * 64)
    RepoObject.objects.create(repo_key=key, sha256="b" * 64, size=5, source="xet", file=file)

    with django_assert_num_queries(1):
        found = objects_for(key, ["b" * 64, "c" * 64])
        assert {sha256: one.xet_hash for sha256, one in found.items()} == {"b" * 64: "a" * 64}
