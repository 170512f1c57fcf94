"""The unmodified hub client and its Xet engine against a real site."""

import hashlib
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy
import pytest

from apps.registry.blobs.models import RepoObject, Xorb
from apps.registry.blobs.services import hash_blobs
from tests.makers import a_repo
from tests.tools.bench import edits

pytestmark = pytest.mark.slow


def noise(size: int, seed: int) -> bytes:
    return numpy.random.default_rng(seed).bytes(size)


def sha256_of(path: str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def weights(size: int, seed: int) -> bytes:
    """Return floats as in models: their upper bytes repeat, so the client groups bytes before compression."""
    return numpy.random.default_rng(seed).normal(0, 0.02, size // 4).astype("<f4").tobytes()


@dataclass
class HubClient:
    """Runs code with huggingface_hub in a new process, by default with an empty cache."""

    environment: dict[str, str]
    token: str

    def run(self, code: str, **environment: str) -> object:
        """Return what the code assigns to `out`."""
        head = (
            "import json, os, sys\nfrom huggingface_hub import HfApi, hf_hub_download, snapshot_download\n"
            "api = HfApi()\nout = None\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", head + code + "\nprint('\\nOUT' + json.dumps(out))"],
            env={**self.environment, "HF_TOKEN": self.token, **environment},
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-4000:]
        return json.loads(done.stdout.rpartition("\nOUT")[2])


@pytest.fixture
def hub(client_env, live_cast):
    return HubClient(client_env, live_cast.owner.token)


@pytest.fixture
def repo(live_cast):
    return a_repo(live_cast.owner, "large")


def upload(hub, path, name="model.bin", **environment):
    return hub.run(
        f"file = dict(path_or_fileobj={str(path)!r}, path_in_repo={name!r})\n"
        "out = api.upload_file(**file, repo_id='owner/large').oid",
        **environment,
    )


@pytest.mark.parametrize(
    ("made", "size"),
    [(noise, 500_000), (weights, 12_000_000), (noise, 20_000_000)],
    ids=["500 KB below the threshold of Xet downloads", "12 MB of weights", "20 MB of noise"],
)
def test_a_file_goes_up_and_comes_down_unchanged(hub, repo, tmp_path, made, size):
    data = made(size, 1)
    (tmp_path / "up.bin").write_bytes(data)

    upload(hub, tmp_path / "up.bin")
    out = hub.run("out = hf_hub_download('owner/large', 'model.bin')", HF_HOME=str(tmp_path / "fresh"))
    plain = hub.run(
        "out = hf_hub_download('owner/large', 'model.bin')",
        HF_HOME=str(tmp_path / "plain"),
        HF_HUB_DISABLE_XET="1",
    )

    assert [sha256_of(out), sha256_of(plain)] == [hashlib.sha256(data).hexdigest()] * 2
    row = RepoObject.objects.get(repo_key=repo.pk, sha256=hashlib.sha256(data).hexdigest())
    assert (row.size, row.source) == (size, "xet")
    assert row.committed_at is not None


def test_a_large_file_comes_down_by_xet_and_a_small_one_by_plain_http(hub, repo, site, tmp_path):
    for name, size in (("large.bin", 10_000_000), ("small.bin", 200_000)):
        (tmp_path / name).write_bytes(noise(size, size))
        upload(hub, tmp_path / name, name)
    before = site.log.stat().st_size

    hub.run("out = snapshot_download('owner/large')", HF_HOME=str(tmp_path / "fresh"))

    with site.log.open() as log:
        log.seek(before)
        paths = [line for line in log if '"event": "request"' in line]
    assert any("/xet/g1/fetch/" in line for line in paths)
    assert any('"GET"' in line and "small.bin" in line for line in paths)
    assert not any('"GET"' in line and "large.bin" in line for line in paths)


def test_an_edited_file_sends_only_what_changed_even_from_an_empty_cache(hub, repo, tmp_path):
    data = noise(20_000_000, 5)
    edited = data[:9_000_000] + b"a line more" + data[9_000_000:]
    (tmp_path / "one.bin").write_bytes(data)
    (tmp_path / "two.bin").write_bytes(edited)

    upload(hub, tmp_path / "one.bin")
    first = sum(Xorb.objects.values_list("size", flat=True))
    upload(hub, tmp_path / "two.bin", HF_HOME=str(tmp_path / "another machine"))
    second = sum(Xorb.objects.values_list("size", flat=True)) - first

    assert first >= len(data)
    assert second < len(data) / 2
    out = hub.run("out = hf_hub_download('owner/large', 'model.bin')", HF_HOME=str(tmp_path / "fresh"))
    assert Path(out).read_bytes() == edited


def test_an_edited_copy_uploads_little_warm_and_from_an_empty_cache(site, live_cast, tmp_path):
    sent = edits.measure(
        site.url, live_cast.owner.token, "owner", tmp_path, megabytes=20, appended_bytes=600_000
    )

    assert sent["first"] >= 20_000_000
    assert sent["warm"] < 1_500_000
    assert sent["empty"] < 1_500_000


def test_what_was_sent_before_is_not_sent_again(hub, repo, tmp_path):
    (tmp_path / "one.bin").write_bytes(noise(15_000_000, 6))

    upload(hub, tmp_path / "one.bin")
    count = Xorb.objects.count()
    upload(hub, tmp_path / "one.bin", "again.bin")

    assert Xorb.objects.count() == count
    assert RepoObject.objects.filter(repo_key=repo.pk).count() == 1


def xorbs_sent(site, since):
    with site.log.open() as log:
        log.seek(since)
        return sum('"event": "request"' in line and '"POST"' in line and "/xorbs/" in line for line in log)


def test_uploads_are_deduplicated_per_person(hub, live_cast, site, tmp_path):
    data = noise(15_000_000, 16)
    (tmp_path / "one.bin").write_bytes(data)
    for person, name, private in (
        (live_cast.owner, "large", True),
        (live_cast.owner, "second", False),
        (live_cast.stranger, "lair", False),
    ):
        a_repo(person, name, is_private=private)
    code = "out = api.upload_file(path_or_fileobj={path!r}, path_in_repo='model.bin', repo_id={repo!r}).oid"
    sent = []

    for person, repo in (
        (hub, "owner/large"),
        (hub, "owner/second"),
        (HubClient(hub.environment, live_cast.stranger.token), "stranger/lair"),
    ):
        before = site.log.stat().st_size
        person.run(code.format(path=str(tmp_path / "one.bin"), repo=repo))
        sent.append(xorbs_sent(site, before))

    assert sent[0] > 0
    assert sent[1] == 0
    assert sent[2] == sent[0]
    assert (
        RepoObject.objects.filter(sha256=hashlib.sha256(data).hexdigest()).exclude(committed_at=None).count()
        == 3
    )


def test_a_byte_range_of_a_rebuilt_file_is_read_through_the_file_system(hub, repo, tmp_path):
    data = weights(11_000_000, 7)
    (tmp_path / "up.bin").write_bytes(data)
    upload(hub, tmp_path / "up.bin")

    code = """
from huggingface_hub import HfFileSystem
with HfFileSystem().open('owner/large/model.bin') as file:
    file.seek(7_654_321)
    out = file.read(1000).hex()
"""

    assert hub.run(code) == data[7_654_321:7_655_321].hex()


def test_file_objects_and_clients_without_xet_use_lfs(hub, repo, tmp_path):
    data = noise(12_000_000, 8)
    (tmp_path / "up.bin").write_bytes(data)

    upload(hub, tmp_path / "up.bin", HF_HUB_DISABLE_XET="1")
    hub.run(
        f"file = open({str(tmp_path / 'up.bin')!r}, 'rb')\n"
        "api.upload_file(path_or_fileobj=file, path_in_repo='b.bin', repo_id='owner/large')"
    )

    row = RepoObject.objects.get(repo_key=repo.pk)
    assert (row.source, row.size) == ("lfs", len(data))
    out = hub.run("out = hf_hub_download('owner/large', 'b.bin')", HF_HOME=str(tmp_path / "fresh"))
    assert Path(out).read_bytes() == data


def test_a_stranger_cannot_upload_and_gets_the_reason(hub, repo, live_cast, tmp_path):
    (tmp_path / "up.bin").write_bytes(noise(11_000_000, 9))
    code = f"""
try:
    api.upload_file(path_or_fileobj={str(tmp_path / "up.bin")!r}, path_in_repo='x.bin', repo_id='owner/large')
except Exception as error:
    out = [type(error).__name__, str(error)]
"""

    name, words = hub.run(code, HF_TOKEN=live_cast.stranger.token)

    assert name == "HfHubHTTPError"
    assert "403" in words
    assert not RepoObject.objects.filter(repo_key=repo.pk).exists()


def test_a_folder_of_many_files_goes_up_and_comes_down(hub, repo, tmp_path):
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(30):
        (folder / f"{number:02d}.bin").write_bytes(noise(60_000 + number, number))

    hub.run(f"api.upload_folder(folder_path={str(folder)!r}, repo_id='owner/large')")
    out = hub.run("out = snapshot_download('owner/large')", HF_HOME=str(tmp_path / "fresh"))

    for path in folder.iterdir():
        assert Path(out, path.name).read_bytes() == path.read_bytes()


@pytest.mark.method("copy_files", "hf cp", "HfFileSystem.get_file")
def test_files_that_came_by_xet_or_lfs_are_copied_to_another_repository(client, site):
    up = """
(Path("one.bin")).write_bytes(os.urandom(40_000))
(Path("two.bin")).write_bytes(os.urandom(9_000_000))
api.create_repo("tiny", exist_ok=True); api.create_repo("other", exist_ok=True)
for name in ("one.bin", "two.bin"):
    api.upload_file(repo_id="owner/tiny", path_or_fileobj=name, path_in_repo=f"{by}/{name}")
"""
    client.python(f"by = 'xet'{up}")
    client.python(f"by = 'lfs'{up}", HF_HUB_DISABLE_XET="1")
    assert hash_blobs() == 2

    client.hf("cp", "hf://owner/tiny/xet/one.bin", "hf://owner/other/one.bin")
    client.hf("cp", "hf://owner/tiny/lfs/two.bin", "hf://owner/other/two.bin")
    out = client.python(
        """
api.copy_files("hf://owner/tiny", "hf://owner/other/all/")
same = [Path(hf_hub_download("owner/other", f"all/{by}/{name}")).read_bytes()
        == Path(hf_hub_download("owner/tiny", f"{by}/{name}")).read_bytes()
        for by in ("xet", "lfs") for name in ("one.bin", "two.bin")]
files = HfFileSystem(expand_info=True)
for path in ("xet/one.bin", "lfs/two.bin"):
    files.get_file(f"owner/tiny/{path}", "down")
    same.append(Path("down").read_bytes() == Path(hf_hub_download("owner/tiny", path)).read_bytes())
out = [sorted(one for one in api.list_repo_files("owner/other") if "all" not in one), same]
"""
    )

    assert out == [[".gitattributes", "one.bin", "two.bin"], [True] * 6]
