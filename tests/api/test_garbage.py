"""Garbage collection: unreferenced objects are deleted after a grace period, referenced ones stay."""

import hashlib
import io
import threading
from contextlib import suppress
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from apps.core.objects.stores import object_store
from apps.registry.blobs import generation as generations
from apps.registry.blobs.keys import blob_key, xorb_key
from apps.registry.blobs.models import (
    DedupChunk,
    FileXorb,
    MultipartUpload,
    RepoObject,
    StorageState,
    StoredBlob,
    XetFile,
    Xorb,
)
from apps.registry.blobs.readers import ObjectReader
from apps.registry.blobs.selectors import object_for, xorb_exists
from apps.registry.blobs.services import (
    UploadContext,
    begin_multipart,
    link_objects,
    store_blob,
    store_part,
    store_xorb,
)
from apps.registry.contents.services.commit import commit_changes
from apps.registry.contents.services.refs import create_branch, squash_branch
from apps.registry.gitstore import AddFile, AddLarge, Delete
from apps.registry.gitstore.retained_refs import delete_retained, expired_refs
from apps.registry.repos.errors import NameTaken, RepoNotFound
from apps.registry.repos.models import Repo
from apps.registry.repos.selectors.files import git_of
from apps.registry.repos.services.delete import delete_repo, purge_deleted, restore_repo
from apps.registry.storage.services import garbage
from apps.registry.storage.services.garbage import collect_garbage, preview_garbage
from tests.api.test_lfs_batch import post_batch
from tests.api.xet_calls import XetClient
from tests.makers import a_repo
from tests.xet_samples import SampleFile, SampleXorb, a_shard, noise_bytes, split_chunks

DATA = noise_bytes(20_000)
OID = hashlib.sha256(DATA).hexdigest()
ONE = SampleXorb(split_chunks(noise_bytes(200_000), 30_000), [0, 1, 0, 1, 0, 0, 1])
TWO = SampleXorb(split_chunks(bytes(range(256)) * 300, 9_001), [2] * 9)
FILE, OTHER = SampleFile.whole(ONE), SampleFile.whole(TWO)


@pytest.fixture(autouse=True)
def _own_store(own_store):
    generations._seen.clear()


@pytest.fixture
def repo(cast):
    return a_repo(cast.owner)


def pass_days(count: float) -> None:
    """Move all timestamps back by a number of days."""
    for model, names in (
        (RepoObject, ("created_at", "committed_at", "last_used_at", "marked_for_deletion_at")),
        (StoredBlob, ("last_used_at", "marked_for_deletion_at")),
        (Xorb, ("last_used_at", "marked_for_deletion_at")),
        (XetFile, ("created_at",)),
        (Repo, ("deleted_at",)),
    ):
        for row in model.objects.all():
            facts = {name: getattr(row, name) - timedelta(days=count) for name in names if getattr(row, name)}
            model.objects.filter(pk=row.pk).update(**facts)


def collect_for(days: int, every: int = 1) -> None:
    """Collect every night, or every few nights."""
    for _ in range(0, days, every):
        pass_days(every)
        collect_garbage()


def put(owner, repo, path="big.bin", data=DATA, branch="main"):
    oid = hashlib.sha256(data).hexdigest()
    store_blob(UploadContext(repo.pk, owner.user.pk), sha256=oid, size=len(data), blocks=[data])
    change = AddLarge(path, oid, len(data))
    return commit_changes(
        actor=owner.actor, address=repo.address, branch=branch, changes=[change], message="put"
    ).sha


def squash(owner, repo):
    """Squash the history, so that no ref leads to the deleted file."""
    commit_changes(
        actor=owner.actor, address=repo.address, branch="main", changes=[Delete("big.bin")], message="drop"
    )
    squash_branch(actor=owner.actor, address=repo.address, branch="main", message="one")
    forget_replaced(repo)


def forget_replaced(repo):
    """End the two weeks for which a replaced history is kept."""
    folder = git_of(repo).folder
    delete_retained(folder, expired_refs(folder, timedelta(days=-2)))


def readable(repo, oid=OID) -> bool:
    found = object_for(repo.pk, oid)
    return (
        found is not None
        and hashlib.sha256(b"".join(ObjectReader(found).open_range(0, found.size))).hexdigest() == oid
    )


def test_what_a_ref_leads_to_now_or_in_its_history_stays_for_ever(cast, repo, client):
    put(cast.owner, repo)
    commit_changes(
        actor=cast.owner.actor,
        address=repo.address,
        branch="main",
        changes=[Delete("big.bin")],
        message="drop",
    )
    xet = XetClient(client, repo, cast.owner)
    xet.send_file(FILE, commit=False)
    change = AddLarge("a.bin", FILE.oid, len(FILE.data))
    commit_changes(
        actor=cast.owner.actor, address=repo.address, branch="main", changes=[change], message="xet"
    )

    collect_for(30, every=3)

    assert readable(repo)
    assert readable(repo, FILE.oid)


def test_what_a_squash_left_is_marked_then_removed_and_not_before_its_time(cast, repo):
    put(cast.owner, repo)
    squash(cast.owner, repo)

    collect_garbage()
    assert RepoObject.objects.get().marked_for_deletion_at is None
    pass_days(3)
    marked = collect_garbage().marked["links"]
    assert (marked.count, marked.size_bytes, readable(repo)) == (1, len(DATA), True)
    pass_days(1)
    assert collect_garbage().removed["links"].count == 0
    pass_days(1.1)
    assert collect_garbage().removed["links"].count == 1
    assert object_for(repo.pk, OID) is None
    assert object_store().has(blob_key(OID))
    pass_days(2.1)
    assert collect_garbage().removed["blobs"].size_bytes == len(DATA)

    assert list(object_store().keys("sha256")) == []
    assert not StoredBlob.objects.exists()


def test_what_a_squash_left_stays_while_its_history_is_held(cast, repo):
    put(cast.owner, repo)
    squash_branch(actor=cast.owner.actor, address=repo.address, branch="main", message="with the file")
    commit_changes(
        actor=cast.owner.actor,
        address=repo.address,
        branch="main",
        changes=[Delete("big.bin")],
        message="drop",
    )
    squash_branch(actor=cast.owner.actor, address=repo.address, branch="main", message="without")

    collect_for(9, every=3)
    assert readable(repo)
    forget_replaced(repo)
    collect_for(3)
    assert not readable(repo)


def test_an_upload_that_no_commit_ever_named_goes_after_the_grace(cast, repo, client):
    store_blob(UploadContext(repo.pk), sha256=OID, size=len(DATA), blocks=[DATA])
    XetClient(client, repo, cast.owner).send_file(FILE, commit=False)

    collect_for(2)
    assert RepoObject.objects.count() == 2
    collect_for(10, every=2)

    assert not RepoObject.objects.exists()
    assert not XetFile.objects.exists()
    assert list(object_store().keys("sha256")) == []
    assert object_store().has(xorb_key(ONE.text))


def test_xorbs_stay_until_clients_forgot_them_unless_the_address_changes(cast, repo, client):
    xet = XetClient(client, repo, cast.owner)
    xet.send_file(FILE, commit=False)

    collect_for(21, every=7)
    assert object_store().has(xorb_key(ONE.text))
    assert Xorb.objects.get().marked_for_deletion_at is None
    collect_for(5)
    assert list(object_store().keys("xorbs")) == []
    assert [model.objects.count() for model in (Xorb, DedupChunk, FileXorb)] == [0, 0, 0]

    xet.send_file(OTHER, commit=False)
    before = generations.generation()
    collect_for(8, every=2)
    pass_days(1)
    collect_garbage(forget_clients=True)
    assert generations.generation() > before
    collect_for(3)
    assert list(object_store().keys("xorbs")) == []


def test_a_marked_xorb_is_not_advertised_and_revived_by_an_upload_or_a_shard(cast, repo, client):
    xet = XetClient(client, repo, cast.owner)
    xet.send_file(FILE, commit=False)
    chunk = DedupChunk.objects.first().chunk
    collect_for(24, every=8)
    assert Xorb.objects.get().marked_for_deletion_at is not None

    assert not xorb_exists(repo.pk, ONE.text)
    assert xet.get(f"/v1/chunks/default/{chunk}", scope="write").status_code == 404
    assert xet.send_shard(a_shard([FILE]))[-1] == {"type": "result"}
    assert Xorb.objects.get().marked_for_deletion_at is None
    assert xorb_exists(repo.pk, ONE.text)

    Xorb.objects.update(marked_for_deletion_at=timezone.now() - timedelta(days=9))
    xet.send_xorb(ONE)
    assert Xorb.objects.get().marked_for_deletion_at is None


def test_a_commit_between_mark_and_removal_saves_the_file(cast, repo):
    put(cast.owner, repo)
    squash(cast.owner, repo)
    pass_days(3)
    collect_garbage()

    change = AddLarge("again.bin", OID, len(DATA))
    commit_changes(
        actor=cast.owner.actor, address=repo.address, branch="main", changes=[change], message="again"
    )
    collect_for(9, every=3)

    assert readable(repo)


def test_an_upload_between_mark_and_removal_gives_a_new_grace(cast, repo, client):
    put(cast.owner, repo)
    squash(cast.owner, repo)
    pass_days(3)
    collect_garbage()

    (row,) = post_batch(client, repo.address.path, cast.owner, objects=[(OID, len(DATA))]).json()["objects"]
    assert "actions" not in row
    pass_days(1.9)
    collect_garbage()
    assert (readable(repo), RepoObject.objects.get().marked_for_deletion_at) == (True, None)

    link_objects(repo.pk, [(OID, len(DATA))])
    assert readable(repo)


def test_a_branch_made_from_an_old_commit_saves_what_was_marked(cast, repo):
    old = put(cast.owner, repo)
    squash(cast.owner, repo)
    pass_days(3)
    collect_garbage()
    assert RepoObject.objects.get().marked_for_deletion_at is not None

    create_branch(actor=cast.owner.actor, address=repo.address, name="kept", start=old)
    pass_days(3)
    removed = collect_garbage().removed

    assert removed["links"].count == 0
    assert RepoObject.objects.get().marked_for_deletion_at is None
    assert readable(repo)


def test_a_ref_that_moves_while_a_run_looks_makes_it_wait(cast, repo, monkeypatch):
    put(cast.owner, repo)
    squash(cast.owner, repo)
    pass_days(3)
    collect_garbage()
    pass_days(3)
    look = garbage.reachable_large

    def look_and_commit(git, refs):
        places = look(git, refs)
        change = AddFile("a.txt", timezone.now().isoformat().encode())
        commit_changes(
            actor=cast.owner.actor, address=repo.address, branch="main", changes=[change], message="meanwhile"
        )
        return places

    monkeypatch.setattr(garbage, "reachable_large", look_and_commit)
    collect_garbage()

    assert readable(repo)


def test_a_blob_that_another_repository_links_in_between_stays(cast, repo):
    put(cast.owner, repo)
    squash(cast.owner, repo)
    collect_for(5)
    assert StoredBlob.objects.get().marked_for_deletion_at is not None

    other = a_repo(cast.stranger, "other")
    put(cast.stranger, other)
    collect_for(9, every=3)

    assert readable(other)
    assert StoredBlob.objects.get().marked_for_deletion_at is None


def test_a_mark_on_something_linked_is_only_taken_away(cast, repo, client):
    put(cast.owner, repo)
    XetClient(client, repo, cast.owner).send_file(FILE)
    for model in (StoredBlob, Xorb):
        model.objects.update(marked_for_deletion_at=timezone.now() - timedelta(days=99))

    collect_garbage()

    assert readable(repo)
    assert readable(repo, FILE.oid)
    assert not StoredBlob.objects.filter(marked_for_deletion_at__isnull=False).exists()
    assert not Xorb.objects.filter(marked_for_deletion_at__isnull=False).exists()


@pytest.mark.parametrize("model", [StoredBlob, Xorb, RepoObject, XetFile])
def test_a_run_that_is_killed_at_any_step_is_finished_by_the_next(cast, repo, client, monkeypatch, model):
    put(cast.owner, repo)
    squash(cast.owner, repo)
    XetClient(client, repo, cast.owner).send_file(FILE, commit=False)
    put(cast.owner, repo, "kept.bin", noise_bytes(30_000))

    def die(*arguments, **options):
        raise KeyboardInterrupt

    for _ in range(8):
        with monkeypatch.context() as patch:
            patch.setattr(f"{model.__module__}.{model.__name__}.delete", die)
            patch.setattr("django.db.models.query.QuerySet.delete", dying_for(model))
            pass_days(5)
            with suppress(KeyboardInterrupt):
                collect_garbage()
    collect_for(40, every=5)

    assert [row.size for row in RepoObject.objects.all()] == [30_000]
    assert [row.size for row in StoredBlob.objects.all()] == [30_000]
    assert not Xorb.objects.exists()
    assert len([*object_store().keys("sha256"), *object_store().keys("xorbs")]) == 1
    assert readable(repo, hashlib.sha256(noise_bytes(30_000)).hexdigest())


def dying_for(model):
    from django.db.models.query import QuerySet

    real = QuerySet.delete

    def delete(rows):
        if rows.model is model and rows.exists():
            raise KeyboardInterrupt
        return real(rows)

    return delete


def test_a_marked_xorb_without_bytes_is_uploaded_again(cast, repo, client, monkeypatch):
    xet = XetClient(client, repo, cast.owner)
    xet.send_file(FILE, commit=False)
    Xorb.objects.update(marked_for_deletion_at=timezone.now() - timedelta(days=9))
    object_store().delete(xorb_key(ONE.text))

    assert xet.post(f"/v1/xorb-grants/default/{ONE.text}", b"{}").status_code == 404
    xet.send_xorb(ONE)

    assert xet.post(f"/v1/xorb-grants/default/{ONE.text}", b"{}").status_code == 200
    assert object_store().size(xorb_key(ONE.text)) == len(ONE.body)


def test_stored_things_without_rows_are_marked_and_go(cast, repo):
    put(cast.owner, repo)
    for oid in ("ab" * 32, "cd" * 32):
        object_store().put(blob_key(oid), b"left by a kill")
        object_store().put(xorb_key(oid), b"left by a kill")
    upload = begin_multipart(UploadContext(repo.pk), sha256=OID, size=len(DATA))
    store_part(repo.pk, upload.pk, 1, [DATA])
    going = begin_multipart(UploadContext(repo.pk), sha256=OID, size=len(DATA))
    store_part(repo.pk, going.pk, 1, [DATA])
    MultipartUpload.objects.filter(pk=going.pk).delete()

    assert preview_garbage().marked["untracked"].count == 5
    collect_for(4)

    assert list(object_store().keys("sha256")) == [blob_key(OID)]
    assert list(object_store().keys("xorbs")) == []
    assert len(list(object_store().keys("parts"))) == 1


def test_undo_takes_every_mark_away_and_a_new_wait_begins(cast, repo):
    put(cast.owner, repo)
    squash(cast.owner, repo)
    pass_days(3)
    collect_garbage()

    out = io.StringIO()
    call_command("collect_garbage", "--undo", stdout=out)
    pass_days(1.9)
    collect_garbage()

    assert "1 (" in out.getvalue()
    assert RepoObject.objects.get().marked_for_deletion_at is None
    assert readable(repo)


def test_the_command_previews_lists_and_collects(cast, repo):
    put(cast.owner, repo)
    squash(cast.owner, repo)
    pass_days(3)

    preview, done = io.StringIO(), io.StringIO()
    call_command("collect_garbage", "--preview", "--list", stdout=preview, stderr=io.StringIO())
    assert RepoObject.objects.get().marked_for_deletion_at is None
    call_command("collect_garbage", stdout=done, stderr=io.StringIO())

    assert f"{OID}  19.5" in preview.getvalue()
    assert "owner/tiny" in preview.getvalue()
    assert ": 1 (19.5" in preview.getvalue()
    assert ": 1 (19.5" in done.getvalue()


def test_a_set_generation_is_not_changed_by_the_command(db, settings):
    settings.XET_GENERATION = 7

    with pytest.raises(CommandError, match="XET_GENERATION"):
        call_command("collect_garbage", "--bump-generation", stdout=io.StringIO())

    assert generations.generation() == 7
    assert not StorageState.objects.exists()


def test_a_deleted_repository_keeps_its_files_and_comes_back_whole(cast, repo):
    put(cast.owner, repo)
    delete_repo(actor=cast.owner.actor, address=repo.address)
    collect_for(20, every=5)
    purge_deleted()

    with pytest.raises(RepoNotFound):
        restore_repo(actor=cast.stranger.actor, repo_id=repo.pk)
    a_repo(cast.owner)
    with pytest.raises(NameTaken):
        restore_repo(actor=cast.owner.actor, repo_id=repo.pk)
    back = restore_repo(actor=cast.owner.actor, repo_id=repo.pk, name="again")

    assert git_of(back).entry(git_of(back).resolve("main"), "big.bin").pointer.oid == OID
    assert readable(back)


def test_the_operator_brings_a_repository_back_by_its_address(cast, repo):
    delete_repo(actor=cast.owner.actor, address=repo.address)

    out = io.StringIO()
    call_command("restore_repo", stdout=out)
    call_command("restore_repo", "owner/tiny", stdout=out)

    assert str(repo.pk) in out.getvalue()
    assert Repo.objects.get().address == repo.address
    with pytest.raises(CommandError):
        call_command("restore_repo", "owner/tiny")


def test_a_repository_that_is_gone_for_good_leaves_nothing(cast, repo):
    put(cast.owner, repo)
    delete_repo(actor=cast.owner.actor, address=repo.address)
    pass_days(31)

    assert purge_deleted() == 1
    collect_for(6)

    assert not Repo.objects.filter(pk=repo.pk).exists()
    assert list(object_store().keys("sha256")) == []


class TestAtOnce:
    """Uploads during a removal, on separate database connections."""

    pytestmark = pytest.mark.django_db(transaction=True)

    @pytest.fixture
    def repo(self, transactional_db, cast):
        return a_repo(cast.owner)

    def upload_while(self, begin, act):
        """Run an upload in a thread up to its first block, act, finish it, and return its exception."""
        reached, go, errors = threading.Event(), threading.Event(), []

        def blocks(data):
            reached.set()
            go.wait(20)
            yield data

        def run():
            try:
                begin(blocks)
            except Exception as error:
                errors.append(error)
            finally:
                connection.close()

        thread = threading.Thread(target=run)
        thread.start()
        assert reached.wait(20)
        act()
        go.set()
        thread.join(20)
        return errors

    def test_a_blob_that_comes_while_it_is_removed_is_there_afterwards(self, repo):
        store_blob(UploadContext(repo.pk), sha256=OID, size=len(DATA), blocks=[DATA])
        RepoObject.objects.all().delete()
        StoredBlob.objects.update(marked_for_deletion_at=timezone.now() - timedelta(days=9))

        errors = self.upload_while(
            lambda blocks: store_blob(
                UploadContext(repo.pk), sha256=OID, size=len(DATA), blocks=blocks(DATA)
            ),
            collect_garbage,
        )

        assert errors == []
        assert readable(repo)

    def test_a_xorb_that_comes_while_it_is_removed_is_there_afterwards(self, repo):
        store_xorb(UploadContext(repo.pk), hash=ONE.text, blocks=[ONE.body])
        Xorb.objects.update(marked_for_deletion_at=timezone.now() - timedelta(days=9))

        errors = self.upload_while(
            lambda blocks: store_xorb(UploadContext(repo.pk), hash=ONE.text, blocks=blocks(ONE.body)),
            collect_garbage,
        )

        assert errors == []
        assert object_store().size(xorb_key(ONE.text)) == Xorb.objects.get().size == len(ONE.body)

    def test_an_upload_whose_bytes_went_in_the_last_moment_is_refused_and_not_half_there(self, repo):
        def lose_bytes():
            object_store().delete(blob_key(OID))

        store_blob(UploadContext(uuid4(), 5), sha256=OID, size=len(DATA), blocks=[DATA])

        (error,) = self.upload_while(
            lambda blocks: store_blob(
                UploadContext(repo.pk, 5), sha256=OID, size=len(DATA), blocks=blocks(DATA)
            ),
            lose_bytes,
        )

        assert error.status == 503
        assert not RepoObject.objects.filter(repo_key=repo.pk).exists()
