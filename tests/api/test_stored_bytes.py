"""What a namespace stores is counted as it changes, and the count equals a recount after every act."""

from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from io import StringIO
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.db import connection

from apps.business.usage.meters import Meter
from apps.business.usage.models import StoredItem, StoredTotal
from apps.business.usage.selectors import stored_totals
from apps.business.usage.services import recount_stored, set_limit
from apps.core.errors import OverQuota
from apps.registry.blobs.models import RepoObject
from apps.registry.blobs.services import UploadContext, store_blob, unlink_objects
from apps.registry.contents.services.default_branch import set_default_branch
from apps.registry.contents.services.duplicate import SourceFile, duplicate_repo, share_files
from apps.registry.gitstore import AddFile, Delete
from apps.registry.repos.addresses import Address, RepoKind
from apps.registry.repos.models import Repo
from apps.registry.repos.services.delete import delete_repo, purge_deleted, restore_repo
from apps.registry.repos.services.rename import rename_repo
from apps.registry.storage.selectors.storage import large_bytes_of, storage_quota
from apps.registry.storage.services.garbage import collect_garbage
from apps.registry.storage.services.purge import purge_large_files
from tests.api.hub import Hub, file_line, large_line
from tests.api.test_garbage import pass_days
from tests.api.test_git_bombs import a_commit, object_sha, push_objects
from tests.api.test_lfs_batch import post_batch
from tests.api.test_purge import change, put, sha256_of
from tests.api.xet_calls import XetClient
from tests.makers import a_repo
from tests.xet_samples import SampleFile, SampleXorb, noise_bytes, split_chunks

pytestmark = pytest.mark.usefixtures("own_store")

ONE, TWO = noise_bytes(5000), noise_bytes(6000)
XORB = SampleXorb(split_chunks(noise_bytes(100_000), 30_000))


@pytest.fixture
def repo(cast):
    return a_repo(cast.owner)


def counted(person) -> int:
    """Return what a person stores; it must be what a recount would find."""
    assert recount_stored(dry_run=True) == []
    return stored_total(person.user.namespace_id)


def stored_total(namespace_id: int) -> int:
    return stored_totals([namespace_id]).get(namespace_id, 0)


def upload(person, repo, data: bytes) -> None:
    context = UploadContext(repo.pk, person.user.pk)
    store_blob(context, sha256=sha256_of(data), size=len(data), blocks=[data])


def test_a_new_repository_counts_its_first_files(cast, repo):
    assert counted(cast.owner) == repo.regular_bytes > 0


def test_files_of_the_default_branch_count_after_a_commit_of_the_hub(cast, repo):
    before = counted(cast.owner)

    assert Hub(cast.owner).commit(repo, file_line("a.txt", b"x" * 700)).status_code == 200
    assert counted(cast.owner) == before + 700

    change(cast.owner, repo, Delete("a.txt"))
    assert counted(cast.owner) == before


def test_files_of_a_git_push_count(cast, client, repo):
    blob = (3, b"x" * 900)
    tree = (2, b"100644 a.txt\0" + object_sha(*blob))
    before = counted(cast.owner)

    answer = push_objects(client, cast.owner, blob, tree, (1, a_commit(tree[1])))
    assert b"ok refs/heads/side" in answer
    assert counted(cast.owner) == before

    set_default_branch(actor=cast.owner.actor, address=repo.address, name="side")
    assert counted(cast.owner) == 900


def test_an_lfs_object_counts_from_its_upload_and_once(cast, client, repo):
    before = counted(cast.owner)
    (row,) = post_batch(client, repo.address.path, cast.owner, objects=[(sha256_of(ONE), len(ONE))]).json()[
        "objects"
    ]
    href = row["actions"]["upload"]["href"]

    for _ in range(2):
        assert client.put(href, ONE, content_type="application/octet-stream").status_code == 200
        assert counted(cast.owner) == before + 5000

    line = large_line("one.bin", sha256_of(ONE), len(ONE))
    assert Hub(cast.owner).commit(repo, line).status_code == 200
    assert counted(cast.owner) == before + 5000


def test_files_of_a_xet_shard_count_once(cast, client, repo):
    xet, file = XetClient(client, repo, cast.owner), SampleFile.whole(XORB)
    before = counted(cast.owner)

    for _ in range(2):
        xet.send_file(file)

        assert counted(cast.owner) == before + len(file.data)


def test_a_deleted_repository_does_not_count_and_a_restored_one_does(cast, repo):
    put(cast.owner, repo, "one.bin", ONE)
    stored = counted(cast.owner)

    delete_repo(actor=cast.owner.actor, address=repo.address)
    assert counted(cast.owner) == 0

    restore_repo(actor=cast.owner.actor, repo_id=repo.pk)
    assert counted(cast.owner) == stored > 5000


def test_a_purged_repository_leaves_no_count(cast, repo):
    put(cast.owner, repo, "one.bin", ONE)
    delete_repo(actor=cast.owner.actor, address=repo.address)
    Repo.objects.update(deleted_at="2020-01-01T00:00:00Z")

    assert purge_deleted() == 1

    assert counted(cast.owner) == 0
    assert not StoredItem.objects.exists()


def test_a_transferred_repository_counts_for_its_new_owner(cast, repo):
    put(cast.owner, repo, "one.bin", ONE)
    stored = counted(cast.owner)

    moved = rename_repo(
        actor=cast.owner.actor, address=repo.address, to=Address(RepoKind.MODEL, "grove", "tiny")
    )
    upload(cast.owner, moved, TWO)

    assert counted(cast.owner) == 0
    assert stored_total(cast.organization.pk) == stored + 6000


def test_a_renamed_repository_counts_as_before(cast, repo):
    stored = counted(cast.owner)

    rename_repo(actor=cast.owner.actor, address=repo.address, to=Address(RepoKind.MODEL, "owner", "small"))

    assert counted(cast.owner) == stored


def test_large_files_count_until_they_are_purged_from_the_history(cast, repo):
    put(cast.owner, repo, "one.bin", ONE)
    put(cast.owner, repo, "two.bin", TWO)
    change(cast.owner, repo, Delete("one.bin"))
    stored = counted(cast.owner)

    purge_large_files(actor=cast.owner.actor, address=repo.address, sha256s=[sha256_of(ONE)])

    assert counted(cast.owner) == stored - 5000


def test_collected_uploads_do_not_count(cast, repo):
    stored = counted(cast.owner)
    upload(cast.owner, repo, ONE)
    assert counted(cast.owner) == stored + 5000

    for _ in range(2):
        pass_days(3)
        collect_garbage()

    assert not RepoObject.objects.exists()
    assert counted(cast.owner) == stored


def test_a_duplicate_counts_for_its_owner_as_a_whole(cast, repo):
    put(cast.owner, repo, "one.bin", ONE, "main", AddFile("a.txt", b"x" * 300))
    stored = counted(cast.owner)

    copy = duplicate_repo(
        actor=cast.stranger.actor, address=repo.address, to=Address(RepoKind.MODEL, "stranger", "copy")
    )

    assert counted(cast.owner) == stored
    assert counted(cast.stranger) == 5000 + Repo.objects.get(pk=copy.pk).regular_bytes


def test_a_duplicate_beyond_the_limit_leaves_nothing(cast, repo):
    put(cast.owner, repo, "one.bin", ONE)
    Repo.objects.filter(pk=repo.pk).update(size_bytes=0)
    set_limit(cast.stranger.user.namespace_id, Meter.STORAGE_BYTES, 5000)
    to = Address(RepoKind.MODEL, "stranger", "copy")

    with pytest.raises(OverQuota):
        duplicate_repo(actor=cast.stranger.actor, address=repo.address, to=to)

    assert Repo.objects.count() == 1
    assert counted(cast.stranger) == 0


def test_shared_files_count_in_both_repositories(cast, repo):
    put(cast.owner, repo, "one.bin", ONE)
    other = a_repo(cast.owner, "other")
    stored = counted(cast.owner)

    for _ in range(2):
        share_files(
            actor=cast.owner.actor,
            address=repo.address,
            to=other.address,
            files=[SourceFile(sha256_of(ONE))],
        )

        assert counted(cast.owner) == stored + 5000


def test_the_storage_page_counts_the_large_files_of_each_repository(cast, repo):
    put(cast.owner, repo, "one.bin", ONE)
    upload(cast.owner, repo, TWO)

    row = Repo.objects.get(pk=repo.pk)

    assert large_bytes_of([row]) == {repo.pk: 11_000}
    assert storage_quota(cast.owner.user.namespace_id).used == row.regular_bytes + 11_000


def test_no_storage_is_a_limit(cast, repo):
    set_limit(cast.owner.user.namespace_id, Meter.STORAGE_BYTES, 0)

    response = Hub(cast.owner).commit(repo, file_line("a.txt", b"x"))

    assert (response.status_code, response["X-Error-Code"]) == (403, "OverQuota")
    assert storage_quota(cast.owner.user.namespace_id).limit == 0


def test_an_upload_beyond_the_limit_is_not_linked(cast, repo):
    stored = counted(cast.owner)
    set_limit(cast.owner.user.namespace_id, Meter.STORAGE_BYTES, stored + 10_000)
    upload(cast.owner, repo, ONE)

    with pytest.raises(OverQuota) as refused:
        upload(cast.owner, repo, TWO)

    assert refused.value.facts == {
        "meter": "storage_bytes",
        "unit": "bytes",
        "limit": stored + 10_000,
        "used": stored + 5000,
        "requested": 6000,
    }
    assert counted(cast.owner) == stored + 5000


@pytest.mark.django_db(transaction=True)
def test_of_concurrent_uploads_at_the_limit_exactly_as_many_get_in_as_fit(cast):
    repos = [a_repo(cast.owner, f"tiny-{number}") for number in range(3)]
    stored = counted(cast.owner)
    set_limit(cast.owner.user.namespace_id, Meter.STORAGE_BYTES, stored + 10_999)

    def send(number: int) -> bool:
        try:
            upload(cast.owner, repos[number % 3], noise_bytes(5000 + number)[number:])
            return True
        except OverQuota:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        kept = sum(pool.map(send, range(12)))

    assert kept == 2
    assert counted(cast.owner) == stored + 10_000


@pytest.mark.django_db(transaction=True)
def test_uploads_transfers_purges_and_recounts_at_once_neither_deadlock_nor_drift(cast):
    repos = [a_repo(cast.owner, f"tiny-{number}") for number in range(2)]

    def send(number: int) -> None:
        upload(cast.owner, repos[number % 2], noise_bytes(1000 + number))

    def transfer(number: int) -> None:
        there, here = ("owner", "grove") if number % 2 == 0 else ("grove", "owner")
        for repo in repos:
            old, new = (Address(RepoKind.MODEL, name, repo.name) for name in (there, here))
            rename_repo(actor=cast.owner.actor, address=old, to=new)

    def purge(number: int) -> None:
        unlink_objects(repos[number % 2].pk, [sha256_of(noise_bytes(1000 + number))])

    def recount(number: int) -> None:
        recount_stored()

    def run(act, numbers) -> None:
        try:
            for number in numbers:
                act(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        acts = [
            (send, range(12)),
            (send, range(8, 20)),
            (transfer, range(8)),
            (purge, range(20)),
            (recount, range(6)),
        ]
        for done in [pool.submit(run, *act) for act in acts]:
            done.result()

    assert recount_stored() == []
    assert stored_total(cast.organization.pk) == 0


def test_a_recount_reports_and_corrects_what_differs(cast, repo):
    stored, owner = counted(cast.owner), cast.owner.user.namespace_id
    StoredItem.objects.update(size_bytes=7)
    StoredTotal.objects.update(size_bytes=9)
    StoredItem.objects.create(source="repositories", key=str(cast.organization.pk).zfill(32), size_bytes=5)
    out = StringIO()

    call_command("recount_storage", "--dry-run", stdout=out)
    assert stored_total(owner) == 9
    call_command("recount_storage", stdout=out)

    assert f"owner/tiny: 7 counted, {stored} stored" in out.getvalue()
    assert counted(cast.owner) == stored
    assert StoredItem.objects.count() == 1


def test_an_existing_instance_is_counted_by_the_migration(cast, repo):
    put(cast.owner, repo, "one.bin", ONE)
    gone = a_repo(cast.owner, "gone")
    delete_repo(actor=cast.owner.actor, address=gone.address)
    stored = counted(cast.owner)
    StoredItem.objects.all().delete()
    StoredTotal.objects.all().delete()

    migration = import_module("apps.registry.repos.migrations.0009_count_stored_bytes")
    migration.count_stored_bytes(None, SimpleNamespace(connection=connection))

    assert counted(cast.owner) == stored
    assert StoredItem.objects.get(key=str(gone.pk)).namespace_id is None
