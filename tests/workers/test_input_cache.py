"""The cache of inputs: by hash, within its limit, and never a way around the hub."""

import os
from types import SimpleNamespace

import pytest

from workers.ml import transfer
from workers.ml.faults import PlatformFault
from workers.ml.input_cache import InputCache, WrongContent, hash_of

COMMIT = "c" * 40


@pytest.fixture
def cache(tmp_path) -> InputCache:
    return InputCache(tmp_path / "cache", limit_bytes=1000, is_linked=True)


def a_file(tmp_path, content: bytes, name: str = "model.safetensors"):
    file = tmp_path / "inputs" / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(content)
    return file, hash_of(file)


def test_a_kept_file_is_the_same_file_for_the_next_job(cache, tmp_path):
    file, sha256 = a_file(tmp_path, b"weights")

    cache.add(file, sha256)
    assert cache.has(sha256, 7)
    assert cache.take(sha256, tmp_path / "other" / "model.safetensors")

    assert (tmp_path / "other" / "model.safetensors").stat().st_ino == file.stat().st_ino
    assert not cache.has(sha256, 8)
    assert not cache.has("../inputs/model.safetensors", 7)


def test_where_jobs_could_write_to_their_inputs_they_get_copies(cache, tmp_path):
    copying = InputCache(cache.folder, cache.limit_bytes, is_linked=False)
    file, sha256 = a_file(tmp_path, b"weights")
    copying.add(file, sha256)

    copying.take(sha256, tmp_path / "taken")
    (tmp_path / "taken").write_bytes(b"changed")

    assert copying.take(sha256, tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == b"weights"


def test_a_file_with_another_content_is_not_kept(cache, tmp_path):
    file, _sha256 = a_file(tmp_path, b"weights")

    with pytest.raises(WrongContent):
        cache.add(file, "0" * 64)
    assert not cache.folder.exists()


def test_the_least_recently_used_go_first(cache, tmp_path):
    hashes = []
    for number in range(4):
        file, sha256 = a_file(tmp_path, bytes([number]) * 300, f"{number}.safetensors")
        cache.add(file, sha256)
        os.utime(cache.folder / sha256, (number, number))
        hashes.append(sha256)
        if number == 2:
            cache.take(hashes[0], tmp_path / "taken")

    assert [cache.has(sha256, 300) for sha256 in hashes] == [True, False, True, True]
    cache.evict(1000)
    assert not list(cache.folder.iterdir())


def test_a_file_larger_than_the_cache_is_not_kept(cache, tmp_path):
    file, sha256 = a_file(tmp_path, bytes(1001))

    cache.add(file, sha256)

    assert not cache.has(sha256, 1001)


class Api:
    """Stands in for the hub's API; its repository has one large file."""

    endpoint, token = "http://127.0.0.1", "hf_key"

    def __init__(self, sha256: str, size: int) -> None:
        lfs = {"sha256": sha256}
        self.siblings = [SimpleNamespace(rfilename="model.safetensors", size=size, lfs=lfs)]

    def repo_info(self, *_: object, **__: object) -> SimpleNamespace:
        return SimpleNamespace(siblings=self.siblings)


def fetched(cache, folder, monkeypatch, *, sha256: str, head: str, sent: bytes) -> list[list[str]]:
    """Fetch a model of one file; return the names that were downloaded, in each call."""
    calls: list[list[str]] = []

    def download(api, repo, folder, names):
        calls.append(names)
        for name in names:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(sent)

    monkeypatch.setattr(transfer, "download", download)
    monkeypatch.setattr(transfer, "get_hf_file_metadata", lambda url, **_: SimpleNamespace(etag=head, size=7))
    kept = {"folder": str(cache.folder), "limit_bytes": cache.limit_bytes, "is_linked": True}
    order = {"disk_bytes": 10**9, "reserve_bytes": 0, "cache": kept}
    repo = {"kind": "model", "address": "owner/tiny", "commit": COMMIT}
    transfer.fetch_one(Api(sha256, 7), repo, folder, order)
    return calls


def test_the_second_job_downloads_nothing_that_the_first_one_did(cache, tmp_path, monkeypatch):
    _file, sha256 = a_file(tmp_path, b"weights")
    facts = {"sha256": sha256, "head": sha256, "sent": b"weights"}

    first = fetched(cache, tmp_path / "one", monkeypatch, **facts)
    second = fetched(cache, tmp_path / "two", monkeypatch, **facts)

    assert (first, second) == ([["model.safetensors"]], [[]])
    assert (tmp_path / "two" / "model.safetensors").read_bytes() == b"weights"


def test_a_hash_in_a_commit_does_not_open_what_the_hub_does_not_give(cache, tmp_path, monkeypatch):
    file, sha256 = a_file(tmp_path, b"weights")
    cache.add(file, sha256)

    calls = fetched(cache, tmp_path / "one", monkeypatch, sha256=sha256, head="another", sent=b"weights")

    assert calls == [["model.safetensors"]]


def test_a_damaged_download_is_a_fault_of_the_platform(cache, tmp_path, monkeypatch):
    _file, sha256 = a_file(tmp_path, b"weights")

    with pytest.raises(PlatformFault) as fault:
        fetched(cache, tmp_path / "one", monkeypatch, sha256=sha256, head=sha256, sent=b"weighty")

    assert fault.value.code == "hub_unreachable"
