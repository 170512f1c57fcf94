"""A site is backed up while people write to it, and restored into an empty folder, database and bucket."""

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

import numpy
import pytest
import requests
from huggingface_hub import HfApi
from huggingface_hub.utils import disable_progress_bars

from apps.toolchain.receipts.verify import check, read_keys
from tests.api.buckets import Bucket, bucket_server
from tests.conftest import ROOT, wait_until
from tests.system.local_stack import TestStack

pytestmark = pytest.mark.slow

FILL = """
import io, json
from PIL import Image
from apps.toolchain.receipts.services import record_result
from apps.users.accounts.services.avatars import set_avatar
from tests.job_makers import a_claim, a_job, a_result, an_event, key_actor, report
from tests.makers import a_person, a_token
ada, staff = a_person("ada"), a_person("warden", is_staff=True)
picture = io.BytesIO()
Image.new("RGB", (64, 64), "teal").save(picture, "PNG")
set_avatar(actor=ada.actor, name="ada", data=picture.getvalue())
job = a_job(ada, "evaluate", is_public=True)
claim = a_claim(job, staff)
report(claim, an_event(1, "state", state="running"))
receipt = record_result(actor=key_actor(claim), job_id=job.pk, result=a_result(claim))
report(claim, an_event(2, "state", state="succeeded"))
print(json.dumps([a_token(ada.user), str(job.pk), str(receipt.pk)]))
"""
AVATAR = """
from apps.users.accounts.models import Namespace
print(Namespace.objects.get(name="ada").avatar_url)
"""
LARGE = {
    name: numpy.random.default_rng(number).bytes(3_000_000) for number, name in enumerate(("a.bin", "b.bin"))
}


def bucket_settings(bucket: Bucket) -> dict[str, str]:
    keys = {"S3_ACCESS_KEY": "a", "S3_SECRET_KEY": "b", "STORAGE": "s3"}
    return {"S3_BUCKET": bucket.name, "S3_ENDPOINT_URL": bucket.url, **keys}


def api_of(stack: TestStack, token: str) -> HfApi:
    return HfApi(endpoint=stack.url, token=token)


@dataclass
class Writer(Thread):
    """Commits to ada/busy until it is told to stop.

    commits  acknowledged ones, oldest first
    """

    api: HfApi
    commits: list[str] = field(default_factory=list)
    is_done: Event = field(default_factory=Event)

    def __post_init__(self):
        super().__init__(daemon=True)

    def __hash__(self):
        return id(self)

    def run(self):
        while not self.is_done.is_set():
            data = os.urandom(2_000_000) if len(self.commits) % 4 == 0 else os.urandom(250).hex().encode()
            name = f"{len(self.commits)}.{'bin' if len(data) > 500 else 'txt'}"
            done = self.api.upload_file(path_or_fileobj=data, path_in_repo=name, repo_id="ada/busy")
            self.commits.append(done.oid)


@dataclass
class Original:
    """The original site, what it held, and its backups.

    left    backup whose objects stayed in the bucket
    whole   backup with everything
    before  commits of ada/busy before the whole backup began
    """

    stack: TestStack
    bucket: Bucket
    token: str
    job: str
    receipt: str
    left: Path
    whole: Path
    before: list[str]
    commits: list[str]


def move_to_disk(bucket: Bucket, stack: TestStack) -> None:
    """Bring the first xorb from the bucket to the site's disk, as in the middle of a migration."""
    key = next(key for key in bucket.keys if key.startswith("xorbs/") and not key.endswith(".index"))
    for name in (key, f"{key}.index"):
        path = stack.folder / "objects" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bucket.client.get_object(Bucket=bucket.name, Key=name)["Body"].read())
        bucket.client.delete_object(Bucket=bucket.name, Key=name)


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """Back up a site with objects on disk and in a bucket: once at rest, once while somebody writes."""
    base = tmp_path_factory.mktemp("backup")
    base.chmod(0o711)
    disable_progress_bars()
    with bucket_server() as url:
        bucket = Bucket(url)
        stack = TestStack(
            base / "d",
            options=("--without-ml",),
            settings={**bucket_settings(bucket), "STORAGE_FALLBACK": "local", "XET_ADVERTISE_FROM_MIB": "0"},
        )
        stack.start()
        token, job, receipt = json.loads(stack.shell(FILL))
        api = api_of(stack, token)
        for repo, kind in (("ada/model", "model"), ("ada/data", "dataset"), ("ada/busy", "model")):
            api.create_repo(repo, repo_type=kind)
        for name, data in LARGE.items():
            api.upload_file(path_or_fileobj=data, path_in_repo=name, repo_id="ada/model")
        api.upload_file(
            path_or_fileobj=b"text,label\n", path_in_repo="train.csv", repo_id="ada/data", repo_type="dataset"
        )
        api.create_tag("ada/model", tag="v1")
        api.create_branch("ada/model", branch="dev")
        move_to_disk(bucket, stack)
        stack.manage("backup", str(base / "left"), "--leave-bucket")
        writer = Writer(api)
        writer.start()
        wait_until(lambda: len(writer.commits) > 4, what="some commits")
        before = list(writer.commits)
        stack.manage("backup", str(base / "whole"), "--copy")
        writer.is_done.set()
        writer.join(60)
        yield Original(
            stack, bucket, token, job, receipt, base / "left", base / "whole", before, writer.commits
        )
        stack.stop()
        for part in stack.parts():
            part.kill()


@pytest.fixture(scope="module")
def restored(played, tmp_path_factory):
    """The whole backup, restored into a new folder and a new bucket, and started there."""
    base = tmp_path_factory.mktemp("restored")
    base.chmod(0o711)
    stack = TestStack(
        base / "d", options=("--without-ml",), settings=bucket_settings(Bucket(played.bucket.url))
    )
    stack.manage("restore", str(played.whole))
    assert "Nothing is missing." in stack.manage("verify", "--deep")
    stack.start()
    yield stack
    stack.stop()
    for part in stack.parts():
        part.kill()


def contents(stack: TestStack, token: str, repo: str, kind: str, folder: Path) -> tuple[str, dict[str, str]]:
    """Return the history of a clone, and the digests of all files at the head as a client downloads them."""
    path = repo if kind == "model" else f"datasets/{repo}"
    url = f"{stack.url}/{path}".replace("//", f"//ada:{token}@", 1)
    environment = {**os.environ, "GIT_LFS_SKIP_SMUDGE": "1"}
    clone = [
        "git",
        "-c",
        "filter.lfs.smudge=",
        "-c",
        "filter.lfs.required=false",
        "clone",
        "-q",
        url,
        str(folder),
    ]
    subprocess.run(clone, check=True, env=environment)
    log = ["git", "-C", str(folder), "log", "--all", "--format=%H %s", "--decorate=full"]
    history = subprocess.run(log, check=True, capture_output=True, text=True).stdout
    api = api_of(stack, token)
    digests = {}
    for name in api.list_repo_files(repo, repo_type=kind):
        answer = requests.get(
            f"{stack.url}/{path}/resolve/main/{name}", headers={"Authorization": f"Bearer {token}"}
        )
        assert answer.status_code == 200
        digests[name] = hashlib.sha256(answer.content).hexdigest()
    return history, digests


@pytest.mark.parametrize(("repo", "kind"), [("ada/model", "model"), ("ada/data", "dataset")])
def test_histories_and_files_are_the_same(played, restored, tmp_path, repo, kind):
    first = contents(played.stack, played.token, repo, kind, tmp_path / "first")
    second = contents(restored, played.token, repo, kind, tmp_path / "second")

    assert second == first
    assert repo != "ada/model" or second[1]["a.bin"] == hashlib.sha256(LARGE["a.bin"]).hexdigest()


def test_branches_and_tags_are_the_same(played, restored):
    first, second = (
        api_of(stack, played.token).list_repo_refs("ada/model") for stack in (played.stack, restored)
    )

    assert second == first
    assert [tag.name for tag in second.tags] == ["v1"]


def test_the_repository_that_was_written_to_is_whole_as_of_one_moment(played, restored, tmp_path):
    history, digests = contents(restored, played.token, "ada/busy", "model", tmp_path / "busy")
    commits = [line.split()[0] for line in history.splitlines()][::-1]

    assert played.before
    assert len(played.commits) > len(played.before)
    assert commits[1 : len(played.before) + 1] == played.before
    assert commits[1:] == played.commits[: len(commits) - 1]
    assert len(digests) == len(commits)


def test_tokens_jobs_receipts_and_avatars_work(played, restored):
    headers = {"Authorization": f"Bearer {played.token}"}

    def both(path: str) -> list[requests.Response]:
        return [
            requests.get(f"{stack.url}{path}", headers=headers, timeout=20)
            for stack in (played.stack, restored)
        ]

    jobs, receipts, keys = (
        both(path)
        for path in (
            f"/api/v1/jobs/{played.job}",
            f"/api/v1/receipts/{played.receipt}",
            "/api/v1/receipt-keys",
        )
    )
    assert api_of(restored, played.token).whoami()["name"] == "ada"
    assert jobs[1].json()["state"] == "succeeded"
    assert receipts[1].content == receipts[0].content
    assert check(receipts[1].content, read_keys(keys[0].content)).is_valid
    address = restored.shell(AVATAR)
    avatars = both(address)
    assert [answer.status_code for answer in avatars] == [200, 200]
    assert avatars[0].content == avatars[1].content


def test_a_restored_site_takes_new_commits(played, restored):
    api = api_of(restored, played.token)

    api.upload_file(path_or_fileobj=os.urandom(2_000_000), path_in_repo="new.bin", repo_id="ada/model")

    assert "new.bin" in api.list_repo_files("ada/model")


def test_objects_that_were_left_in_the_bucket_are_found_there(played, tmp_path):
    tmp_path.chmod(0o711)
    settings = {**played.stack.settings}
    stack = TestStack(tmp_path / "d", settings=settings)

    stack.manage("restore", str(played.left))

    assert "Nothing is missing." in stack.manage("verify")
    kept = [path for path in (played.left / "objects").rglob("*") if path.is_file()]
    assert {path.suffix for path in kept} == {"", ".index"}
    assert len(kept) == 2


def test_a_damaged_backup_is_refused(played, tmp_path):
    tmp_path.chmod(0o711)
    stack = TestStack(tmp_path / "d")
    damaged = next(
        path for path in (played.whole / "objects/xorbs").rglob("*") if path.is_file() and not path.suffix
    )
    whole = damaged.read_bytes()
    damaged.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    command = [sys.executable, "manage.py", "restore", str(played.whole)]
    try:
        run = subprocess.run(
            command, cwd=ROOT, env=stack.environment, capture_output=True, text=True, timeout=120
        )
    finally:
        damaged.write_bytes(whole)

    assert run.returncode == 1
    assert damaged.name in run.stderr
    assert "already" not in stack.refused()
