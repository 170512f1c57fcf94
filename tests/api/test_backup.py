"""What a backup takes and leaves, when it is refused, and what `verify` finds."""

import hashlib
import json
import os
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from PIL import Image

from apps.core.deletions import may_delete
from apps.core.objects.stores import object_store, store_of
from apps.registry.blobs.keys import blob_key
from apps.registry.blobs.models import RepoObject, StoredBlob
from apps.registry.blobs.services import UploadContext, link_objects, store_blob
from apps.registry.blobs.services.garbage import Cutoffs, sweep_blobs
from apps.registry.repos.models import Repo
from apps.registry.repos.selectors.files import git_of, git_store
from apps.registry.repos.services.delete import delete_repo, purge_deleted
from apps.toolchain.receipts.models import Receipt
from apps.toolchain.receipts.services import record_result
from apps.users.accounts.folders import AVATARS
from apps.users.accounts.services.avatars import set_avatar
from ecosystem import env
from ecosystem.backup import create, objects, restore
from ecosystem.backup.create import Options, make_backup
from ecosystem.backup.database import connect, count_rows
from ecosystem.backup.errors import BackupError
from ecosystem.backup.layout import BackupFolder
from ecosystem.backup.manifest import read_manifest
from ecosystem.backup.moment import deletions_paused
from ecosystem.backup.restore import restore_backup
from tests.api.buckets import Bucket, bucket_server
from tests.job_makers import a_claim, a_job, a_result, an_event, key_actor, report
from tests.makers import a_repo

pytestmark = pytest.mark.django_db(transaction=True)


def say(line: str) -> None:
    pass


@pytest.fixture
def places(own_store, settings, tmp_path):
    settings.REPOSITORIES_ROOT = tmp_path / "repositories"
    settings.OBJECT_STORES = {"local": settings.OBJECT_STORE}


@pytest.fixture
def root(places) -> Iterator[Path]:
    """A folder outside the data folder, on the same disk."""
    with TemporaryDirectory(prefix="banyan-backup-", dir=env.DATA_DIR.parent) as folder:
        yield Path(folder)


def an_object(repo: Repo, text: str) -> str:
    data = text.encode() * 1000
    oid = hashlib.sha256(data).hexdigest()
    store_blob(UploadContext(repo.pk), sha256=oid, size=len(data), blocks=[data])
    with transaction.atomic():
        link_objects(repo.pk, [(oid, None)])
    return oid


def a_backup(root: Path, **options) -> BackupFolder:
    make_backup(root, Options(**options), say)
    return BackupFolder(root)


def pool(folder: BackupFolder) -> dict[str, int]:
    """Return the files of both pools and their inodes."""
    return {
        str(path.relative_to(folder.root)): path.stat().st_ino
        for part in (folder.objects, folder.repositories)
        for path in part.rglob("*")
        if path.is_file()
    }


def test_the_manifest_counts_what_the_backup_holds(cast, root):
    repo = a_repo(cast.owner)
    oid = an_object(repo, "one")

    manifest = read_manifest(a_backup(root).choose(""))

    assert manifest.counts["repositories"] == manifest.counts["refs"] == 1
    assert manifest.counts["objects"] == manifest.counts["objects_new"] == 1
    assert manifest.rows["repos_repo"] == 1
    assert manifest.rows == count_rows()
    assert manifest.faults == []
    assert (root / "objects" / blob_key(oid)).exists()
    assert {"database.dump", "refs.jsonl", "git-files.jsonl", "objects.tsv"} <= manifest.parts.keys()


def test_files_on_the_same_disk_are_hard_linked_and_never_written_again(cast, root):
    repo = a_repo(cast.owner)
    oid = an_object(repo, "one")
    folder = a_backup(root)
    first = pool(folder)

    an_object(repo, "two")
    a_backup(root)

    assert first.items() < pool(folder).items()
    assert first[f"objects/{blob_key(oid)}"] == object_store().local_path(blob_key(oid)).stat().st_ino


def test_a_file_of_the_pool_that_lost_its_end_is_replaced(cast, root):
    repo = a_repo(cast.owner)
    key = blob_key(an_object(repo, "one"))
    folder = a_backup(root, may_link=False)
    files = [folder.root / name for name in pool(folder)]
    whole = {file: file.read_bytes() for file in files}
    for file in files:
        os.truncate(file, 1)

    a_backup(root)

    assert root / "objects" / key in whole
    assert {file: file.read_bytes() for file in files} == whole


def test_a_copy_shares_nothing_with_the_site(cast, root):
    oid = an_object(a_repo(cast.owner), "one")

    folder = a_backup(root, may_link=False)

    assert pool(folder)[f"objects/{blob_key(oid)}"] != object_store().local_path(blob_key(oid)).stat().st_ino
    assert {path.stat().st_nlink for path in root.rglob("*") if path.is_file()} == {1}


def test_secrets_are_closed_to_others_and_passwords_of_embedded_servers_stay(cast, root):
    folder = a_backup(root)

    secrets = folder.choose("") / "secrets"
    names = {path.name: path.stat().st_mode & 0o777 for path in secrets.iterdir()}
    assert names["secret_key"] == 0o600
    assert set(names.values()) == {0o600}
    assert not {"redis", "queue_site", "queue_worker"} & names.keys()
    assert secrets.stat().st_mode & 0o777 == 0o700


def test_only_the_newest_backups_are_kept_and_what_the_others_needed_goes(cast, root):
    first, second = a_repo(cast.owner, "first"), a_repo(cast.owner, "second")
    old, new = an_object(first, "old"), an_object(second, "new")
    a_backup(root)
    StoredBlob.objects.filter(sha256=old).delete()
    first.delete()

    folder = a_backup(root, keep=1)

    assert len(folder.finished()) == 1
    assert not (root / "objects" / blob_key(old)).exists()
    assert (root / "objects" / blob_key(new)).exists()
    assert [path.name for path in folder.repositories.glob("*/*")] == [str(second.pk)]


def test_an_unfinished_backup_is_never_restored_and_removed_by_the_next(cast, root, monkeypatch):
    a_repo(cast.owner)

    def fail(*arguments, **options):
        raise OSError("the power went")

    with monkeypatch.context() as patch:
        patch.setattr(create, "copy_secrets", fail)
        with pytest.raises(OSError):
            make_backup(root, Options(), say)
    with pytest.raises(BackupError, match="unfinished"):
        restore_backup(root, name="", replace=True, may_link=True, say=say)
    assert len(list((root / "backups").iterdir())) == 1

    folder = a_backup(root)

    assert list((root / "backups").iterdir()) == folder.finished()


def test_the_last_finished_backup_stays_the_one_to_restore(cast, root, monkeypatch):
    folder = a_backup(root)
    finished = folder.choose("")
    monkeypatch.setattr(create, "copy_objects", lambda *arguments, **options: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        make_backup(root, Options(), say)

    assert folder.choose("") == finished


def test_nothing_is_deleted_while_a_backup_runs(cast, places):
    repo = a_repo(cast.owner)
    oid = an_object(repo, "one")
    StoredBlob.objects.filter(sha256=oid).update(marked_for_deletion_at="2020-01-01T00:00Z")
    RepoObject.objects.all().delete()
    deleted = a_repo(cast.owner, "deleted")
    delete_repo(actor=cast.owner.actor, address=deleted.address)
    Repo.objects.filter(pk=deleted.pk).update(deleted_at="2020-01-01T00:00Z")

    with deletions_paused():
        with transaction.atomic():
            assert not may_delete()
        assert [swept.count for swept in sweep_blobs(Cutoffs.now())] == [0]
        assert purge_deleted() == 0
        assert object_store().has(blob_key(oid))
        assert git_store().exists(deleted.pk)

    assert [swept.count for swept in sweep_blobs(Cutoffs.now())] == [1]
    assert purge_deleted() == 1


def test_two_backups_of_a_site_do_not_run_at_once(cast, root):
    with deletions_paused(), pytest.raises(BackupError, match="Another backup"):
        make_backup(root, Options(), say)


def test_refs_cannot_move_while_they_are_read(cast, root):
    repo = a_repo(cast.owner)
    refused = []

    def read_refs() -> None:
        with connect() as other:
            other.execute("SET lock_timeout = '200ms'")
            try:
                other.execute("SELECT 1 FROM repos_repo WHERE id = %s FOR UPDATE", [repo.pk])
            except Exception as error:
                refused.append(type(error).__name__)
            assert other.execute("SELECT count(*) FROM repos_repo").fetchone() == (1,)

    with deletions_paused() as moment, moment.snapshot(read_refs):
        with connect() as other:
            assert other.execute("SELECT 1 FROM repos_repo WHERE id = %s FOR UPDATE", [repo.pk]).fetchone()
    assert refused == ["LockNotAvailable"]


def test_a_folder_inside_the_data_folder_is_refused(cast, places):
    with pytest.raises(CommandError, match="inside the data folder"):
        call_command("backup", str(env.DATA_DIR / "backup"))


def test_a_folder_with_other_files_is_refused_and_left_alone(cast, root):
    other = root / "backups" / "photos" / "1.jpg"
    other.parent.mkdir(parents=True)
    other.write_bytes(b"photo")

    with pytest.raises(BackupError, match="other files"):
        make_backup(root, Options(), say)

    assert other.read_bytes() == b"photo"


@pytest.mark.parametrize("mark", ["", "{name}", "{name} another database"])
def test_only_a_restore_into_the_same_database_goes_on_over_content(cast, root, tmp_path, monkeypatch, mark):
    unfinished = tmp_path / "restore.unfinished"
    unfinished.write_text(mark.format(name=a_backup(root).choose("").name))
    monkeypatch.setattr(restore, "UNFINISHED_RESTORE", unfinished)

    with pytest.raises(BackupError, match="not empty"):
        restore_backup(root, name="", replace=False, may_link=True, say=say)


def test_an_instance_with_content_is_not_restored_over(cast, root):
    a_backup(root)

    with pytest.raises(BackupError, match="not empty"):
        restore_backup(root, name="", replace=False, may_link=True, say=say)


def test_a_backup_of_a_newer_version_is_refused(cast, root):
    folder = a_backup(root).choose("")
    change_manifest(folder, migrations={"repos": "9999_from_the_future"})

    with pytest.raises(BackupError, match=r"repos\.9999_from_the_future"):
        restore_backup(root, name="", replace=True, may_link=True, say=say)
    assert Repo.objects.count() == 0


def change_manifest(folder: Path, **facts) -> None:
    file = folder / "manifest.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | facts))


@pytest.mark.parametrize(
    "part", ["database.dump", "refs.jsonl", "git-files.jsonl", "objects.tsv", "secrets/secret_key"]
)
def test_a_part_that_was_changed_is_noticed_before_anything_is_touched(cast, root, part):
    a_repo(cast.owner)
    an_object(Repo.objects.get(), "one")
    folder = a_backup(root).choose("")
    data = bytearray((folder / part).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / part).write_bytes(data)

    with pytest.raises(BackupError, match=part):
        restore_backup(root, name="", replace=True, may_link=True, say=say)
    assert Repo.objects.count() == 1


def test_what_the_site_lacks_itself_is_reported_and_the_rest_is_backed_up(cast, root):
    whole, bare = a_repo(cast.owner, "whole"), a_repo(cast.owner, "bare")
    lost, kept = an_object(whole, "lost"), an_object(whole, "kept")
    object_store().delete(blob_key(lost))
    git_store().delete(bare.pk)

    with pytest.raises(CommandError) as refusal:
        call_command("backup", str(root))

    assert refusal.value.returncode == 3
    manifest = read_manifest(BackupFolder(root).choose(""))
    assert len(manifest.faults) == 2
    assert str(bare.pk) in manifest.faults[0]
    assert lost in manifest.faults[1]
    assert (root / "objects" / blob_key(kept)).exists()


@pytest.mark.parametrize("leaves_bucket", [False, True])
def test_objects_of_a_bucket_are_copied_or_left(cast, root, settings, tmp_path, leaves_bucket):
    with bucket_server() as url:
        bucket, other = Bucket(url), Bucket(url)
        settings.OBJECT_STORE = bucket.options
        oid = an_object(a_repo(cast.owner), "one")

        folder = a_backup(root, leaves_bucket=leaves_bucket)
        manifest = read_manifest(folder.choose(""))
        settings.OBJECT_STORE = bucket.options if leaves_bucket else other.options
        number, absent = objects.restore_objects(folder, folder.choose(""), may_link=True, report=say)

        assert (root / "objects" / blob_key(oid)).exists() is not leaves_bucket
        assert manifest.has_bucket_objects is leaves_bucket
        assert (number, absent) == (1, [])
        assert store_of(settings.OBJECT_STORE).has(blob_key(oid))


def test_an_object_that_left_the_bucket_meanwhile_is_named(cast, root, settings):
    with bucket_server() as url:
        bucket = Bucket(url)
        settings.OBJECT_STORE = bucket.options
        oid = an_object(a_repo(cast.owner), "one")
        folder = a_backup(root, leaves_bucket=True)
        object_store().delete(blob_key(oid))

        absent = objects.restore_objects(folder, folder.choose(""), may_link=True, report=say)[1]

    assert absent == [blob_key(oid)]


# --- verify


def found_by_verify(capsys, *options: str) -> str:
    """Run `verify`, which must find something, and return what it names."""
    with pytest.raises(CommandError):
        call_command("verify", *options)
    return capsys.readouterr().err


@pytest.fixture
def receipt(cast, places) -> Receipt:
    job = a_job(cast.owner, "evaluate")
    claim = a_claim(job, cast.staff)
    report(claim, an_event(1, "state", state="running"))
    return record_result(actor=key_actor(claim), job_id=job.pk, result=a_result(claim))


def test_a_whole_instance_passes(cast, receipt, capsys):
    an_object(a_repo(cast.owner), "one")
    set_avatar(actor=cast.owner.actor, name="owner", data=an_image())

    call_command("verify", "--deep")

    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["repositories", "1", "0"] in lines
    assert ["objects", "2", "0"] in lines
    assert ["receipts", "1", "0"] in lines


def test_a_missing_repository_is_found(cast, places, capsys):
    repo = a_repo(cast.owner)
    git_store().delete(repo.pk)

    assert str(repo.pk) in found_by_verify(capsys)


def test_a_ref_that_leads_nowhere_is_found(cast, places, capsys):
    repo = a_repo(cast.owner)
    (git_of(repo).folder / "refs/heads/lost").write_text("1" * 40 + "\n")

    assert "refs/heads/lost" in found_by_verify(capsys)


def test_a_row_behind_its_refs_is_found(cast, places, capsys):
    repo = a_repo(cast.owner)
    Repo.objects.update(head="1" * 40)

    assert str(repo.pk) in found_by_verify(capsys)


def test_a_damaged_git_object_is_found_by_a_deep_check(cast, places, capsys):
    repo = a_repo(cast.owner)
    git = git_of(repo)
    blob = git.git[git.git[git.target("refs/heads/main")].tree_id][".gitattributes"].id
    file = git.folder / "objects" / str(blob)[:2] / str(blob)[2:]
    file.chmod(0o600)
    file.write_bytes(file.read_bytes()[:-10])
    call_command("verify")

    assert str(repo.pk) in found_by_verify(capsys, "--deep")


@pytest.mark.parametrize("is_deep", [False, True])
def test_missing_and_changed_objects_are_found(cast, places, capsys, is_deep):
    oid = an_object(a_repo(cast.owner), "one")
    path = object_store().local_path(blob_key(oid))
    data = path.read_bytes()
    path.write_bytes(b"x" * len(data) if is_deep else data[:-1])

    assert oid in found_by_verify(capsys, *["--deep"] * is_deep)


def test_a_missing_avatar_is_found(cast, places, capsys):
    set_avatar(actor=cast.owner.actor, name="owner", data=an_image())
    (key,) = object_store().keys("avatars")
    object_store().delete(key)

    assert key in found_by_verify(capsys)


def test_an_avatar_that_is_replaced_during_a_backup_stays_until_it_ends(cast, places):
    set_avatar(actor=cast.owner.actor, name="owner", data=an_image("teal"))
    (old,) = object_store().keys("avatars")

    with deletions_paused():
        set_avatar(actor=cast.owner.actor, name="owner", data=an_image("red"))
        assert object_store().has(old)

    assert AVATARS.delete_unused(old.rpartition("/")[2])
    assert not object_store().has(old)


def an_image(color: str = "teal") -> bytes:
    file = BytesIO()
    Image.new("RGB", (64, 64), color).save(file, "PNG")
    return file.getvalue()


def test_a_link_without_its_object_is_found(cast, places, capsys):
    oid = an_object(a_repo(cast.owner), "one")
    StoredBlob.objects.all().delete()

    assert oid in found_by_verify(capsys)


def test_a_receipt_that_was_changed_is_found(receipt, capsys):
    Receipt.objects.update(document=receipt.document.replace("0.87", "0.97"))

    assert str(receipt.pk) in found_by_verify(capsys)


def test_a_signing_key_that_is_not_the_sites_is_found(receipt, settings, tmp_path, capsys):
    settings.SIGNING_KEY_FILE = tmp_path / "key.pem"

    assert "key.pem" in found_by_verify(capsys)


def test_folders_without_a_row_are_noted_once_they_are_old(cast, places, capsys):
    repo = a_repo(cast.owner)
    folder = git_of(repo).folder
    repo.delete()
    call_command("verify")
    assert "note:" not in capsys.readouterr().out
    os.utime(folder, (0, 0))

    call_command("verify")

    assert "note: 1 " in capsys.readouterr().out
    assert connection.in_atomic_block is False
