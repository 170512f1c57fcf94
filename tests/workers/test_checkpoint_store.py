"""Checkpoints that a worker stores on the hub, and that another one gets from there."""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.toolchain.contracts import Claim, StoredCheckpoint
from workers.ml import checkpoint_store
from workers.ml.checkpoint_store import CheckpointStore, hold
from workers.ml.faults import LeaseLost, PlatformFault
from workers.ml.folder import JobFolder
from workers.ml.hub import HubRefusal, HubUnreachable
from workers.ml.training.checkpoints import MARKER, is_final, last_complete, mark_complete

from .samples import a_spec


class HubStandIn:
    """Keeps checkpoints as the hub does."""

    def __init__(self) -> None:
        self.kept: dict[int, StoredCheckpoint] = {}
        self.bytes: dict[str, bytes] = {}
        self.refusal: Exception | None = None

    def list_checkpoints(self, claim) -> list[StoredCheckpoint]:
        if self.refusal:
            raise self.refusal
        return list(self.kept.values())

    def get_checkpoint(self, claim, step) -> StoredCheckpoint:
        return self.kept[step]

    def get_checkpoint_file(self, claim, file, target: Path) -> None:
        target.write_bytes(self.bytes[file.sha256])

    def record_checkpoint(self, claim, checkpoint) -> set[str]:
        if self.refusal:
            raise self.refusal
        missing = {file.sha256 for file in checkpoint.files} - set(self.bytes)
        if not missing:
            self.kept[checkpoint.step] = checkpoint
        return missing

    def put_checkpoint_file(self, claim, file, source: Path) -> None:
        self.bytes[file.sha256] = source.read_bytes()


@pytest.fixture
def hub() -> HubStandIn:
    return HubStandIn()


@pytest.fixture
def lines() -> list[str]:
    return []


@pytest.fixture
def stores(hub, lines, tmp_path, monkeypatch) -> Iterator:
    """Return a function that makes the store of a worker and its folder."""
    monkeypatch.setattr(checkpoint_store, "PAUSE_SECONDS", -1.0)

    def make(name: str) -> tuple[CheckpointStore, JobFolder]:
        folder = JobFolder(tmp_path / name)
        folder.prepare()
        claim = Claim(a_spec(), "hf_key", 1, 5, 1)
        report = lambda line, level: lines.append(line)  # noqa: E731
        return CheckpointStore(hub, claim, folder, report, reserve_bytes=0), folder

    return make


def write(folder: JobFolder, step: int, *, best: int | None = None) -> Path:
    checkpoint = folder.checkpoints / f"checkpoint-{step}"
    (checkpoint / "deeper").mkdir(parents=True)
    (checkpoint / "model.safetensors").write_bytes(b"weights of %d" % step)
    (checkpoint / "optimizer.pt").write_bytes(b"moments of %d" % step)
    (checkpoint / "deeper" / "config.json").write_bytes(b"{}")
    (checkpoint / "trainer_state.json").write_text(json.dumps({"best_global_step": best or step}))
    mark_complete(checkpoint)
    return checkpoint


def wait(store: CheckpointStore) -> None:
    store._thread.join(5)


def contents(folder: Path) -> dict[str, bytes]:
    return {
        file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()
    }


def test_another_worker_goes_on_where_the_first_one_was(stores, hub):
    first, folder = stores("first")
    written = write(folder, 10)
    first.saved(10)
    wait(first)
    second, other = stores("second")

    second.restore()

    assert contents(other.checkpoints / "checkpoint-10") == contents(written)
    assert last_complete(other.checkpoints).name == "checkpoint-10"
    assert not list(folder.transfer.iterdir())


def test_a_worker_with_a_later_checkpoint_keeps_its_own(stores):
    first, folder = stores("first")
    write(folder, 10)
    first.saved(10)
    wait(first)
    write(folder, 20)

    first.restore()

    assert sorted(path.name for path in folder.checkpoints.iterdir()) == ["checkpoint-10", "checkpoint-20"]


def test_the_weights_of_the_best_step_come_along_and_are_not_resumed_from(stores, hub):
    first, folder = stores("first")
    for step, best in ((10, 10), (20, 10)):
        write(folder, step, best=best)
        first.saved(step)
        wait(first)
    second, other = stores("second")

    second.restore()

    assert sorted(path.name for path in other.checkpoints.iterdir()) == ["checkpoint-10", "checkpoint-20"]
    assert last_complete(other.checkpoints).name == "checkpoint-20"
    (other.checkpoints / "checkpoint-20" / "model.safetensors").write_bytes(b"cut")
    assert last_complete(other.checkpoints) is None


def test_a_final_checkpoint_is_marked_and_nothing_else_is_fetched(stores, hub):
    first, folder = stores("first")
    for step in (10, 20):
        write(folder, step)
        first.saved(step)
        wait(first)
    taken = hub.kept[10]
    hub.kept[10] = StoredCheckpoint(1, 10, taken.files, is_resumable=False, is_final=True)
    second, other = stores("second")

    second.restore()

    assert [path.name for path in other.checkpoints.iterdir()] == ["checkpoint-10"]
    assert is_final(last_complete(other.checkpoints))


def test_a_file_that_is_known_is_not_sent_again(stores, hub):
    first, folder = stores("first")
    write(folder, 10)
    first.saved(10)
    wait(first)
    sent = []
    put = hub.put_checkpoint_file
    hub.put_checkpoint_file = lambda claim, file, source: (sent.append(file.path), put(claim, file, source))
    write(folder, 20)

    first.saved(20)
    wait(first)

    assert "deeper/config.json" not in sent
    assert "model.safetensors" in sent


def test_uploads_have_pauses_and_the_last_checkpoint_is_stored_when_the_worker_stops(
    stores, hub, monkeypatch
):
    first, folder = stores("first")
    write(folder, 10)
    first.saved(10)
    wait(first)
    first._next = time.monotonic() + 60
    write(folder, 20)
    first.saved(20)
    assert sorted(hub.kept) == [10]

    first.store_last()

    assert sorted(hub.kept) == [10, 20]


def test_a_site_that_refuses_checkpoints_is_asked_once_and_the_training_goes_on(stores, hub, lines):
    hub.refusal = HubRefusal(403, "Storage limit reached.")
    first, folder = stores("first")
    write(folder, 10)

    first.saved(10)
    wait(first)
    hub.refusal = None
    first.saved(10)
    first.store_last()

    assert not hub.kept
    assert [line for line in lines if "Storage limit" in line] == lines
    assert len(lines) == 1


@pytest.mark.parametrize(
    ("refusal", "fault"), [(HubUnreachable("away"), PlatformFault), (HubRefusal(401, "Gone."), LeaseLost)]
)
def test_a_training_does_not_begin_anew_since_the_hub_is_away(stores, hub, refusal, fault):
    hub.refusal = refusal

    with pytest.raises(fault):
        stores("first")[0].restore()


def test_links_out_of_a_checkpoint_are_not_followed(stores, tmp_path):
    _store, folder = stores("first")
    secret = tmp_path / "secret"
    secret.write_text("secret")
    checkpoint = write(folder, 10)
    (checkpoint / "notes").symlink_to(secret)
    mark_complete(checkpoint)

    with pytest.raises(ValueError, match="else than files"):
        hold(folder, 10, folder.transfer / "held")


def test_a_link_in_place_of_a_folder_is_not_followed(stores, tmp_path):
    _store, folder = stores("first")
    written = write(folder, 10)
    written.rename(tmp_path / "elsewhere")
    written.symlink_to(tmp_path / "elsewhere")

    with pytest.raises(OSError, match="directory"):
        hold(folder, 10, folder.transfer / "held")
    assert last_complete(folder.checkpoints) is None


def test_a_pipe_in_place_of_the_marker_holds_nobody_up(stores):
    _store, folder = stores("first")
    written = write(folder, 10)
    (written / MARKER).unlink()
    os.mkfifo(written / MARKER)

    assert last_complete(folder.checkpoints) is None


def test_an_incomplete_checkpoint_is_not_stored(stores):
    _store, folder = stores("first")
    checkpoint = write(folder, 10)
    (checkpoint / "model.safetensors").write_bytes(b"cut")

    with pytest.raises(ValueError, match="complete"):
        hold(folder, 10, folder.transfer / "held")
