"""Parts of the supervisor without a site: reporter, job folder and allowlists."""

import sys
import threading
import time

import pytest

from apps.toolchain.contracts import Claim, EventKind, EventsAnswer
from apps.toolchain.contracts.recipes.text_classification import FINE_TUNE
from workers.ml import folder as folders
from workers.ml.allowlists import dataset_files, model_files, publishable
from workers.ml.faults import JobCancellation, LeaseLost, PlatformFault
from workers.ml.folder import JobFolder, job_folder, sweep
from workers.ml.hub import HubRefusal, HubUnreachable
from workers.ml.redact import ROOT, path_remover
from workers.ml.reporter import LINES_LIMIT, Reporter
from workers.ml.training.checkpoints import MARKER, last_complete, mark_complete
from workers.ml.transfer import no_safetensors

from .samples import a_spec


class HubStandIn:
    """Answers event requests by a script: an exception to raise or None to store; the last entry repeats."""

    def __init__(self, *script) -> None:
        self.script, self.stored, self.calls, self.cancel = list(script), [], 0, False

    def send_events(self, claim, batch) -> EventsAnswer:
        self.calls += 1
        step = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if step is not None:
            raise step
        last = self.stored[-1].seq if self.stored else 0
        self.stored += [event for event in batch.events if event.seq > last]
        return EventsAnswer(self.stored[-1].seq if self.stored else 0, self.cancel)


@pytest.fixture
def claim() -> Claim:
    return Claim(a_spec(), "hf_key", 1, lease_seconds=5, heartbeat_seconds=0.6)


def test_events_survive_an_absent_hub_in_order_and_once(claim):
    hub = HubStandIn(HubUnreachable("away"), None)

    with Reporter(hub, claim) as reporter:
        for number in range(700):
            reporter.send(EventKind.METRIC, {"step": number, "values": {"loss": 1.0}})

    assert [event.seq for event in hub.stored] == list(range(1, 701))
    assert [event.data["step"] for event in hub.stored] == list(range(700))


def test_a_silent_job_still_has_a_heartbeat_and_hears_of_a_cancel(claim):
    hub = HubStandIn(None)
    hub.cancel = True

    with Reporter(hub, claim) as reporter:
        time.sleep(1.5)
        with pytest.raises(JobCancellation):
            reporter.check()

    assert hub.calls >= 1
    assert hub.stored == []


def test_a_lost_lease_is_heard_and_ends_the_reports(claim):
    hub = HubStandIn(LeaseLost("another attempt"))

    with Reporter(hub, claim) as reporter:
        reporter.line("hello")
        time.sleep(1)
        with pytest.raises(LeaseLost):
            reporter.check()

    assert hub.calls == 1


def test_a_refused_report_becomes_a_line_of_the_log_and_a_fault(claim):
    hub = HubStandIn(None)
    store = hub.send_events

    def refuse_metrics(claim, batch):
        if any(event.kind == EventKind.METRIC for event in batch.events):
            raise HubRefusal(422, "values: Must be a finite number.")
        return store(claim, batch)

    hub.send_events = refuse_metrics
    with Reporter(hub, claim) as reporter:
        reporter.send(EventKind.METRIC, {"step": 1, "values": {"loss": 1.0}})
        time.sleep(1.5)
        with pytest.raises(PlatformFault) as fault:
            reporter.check()
        reporter.send(EventKind.STATE, {"state": "failed", "fault": "ours"})

    assert "finite" in fault.value.message
    assert [(event.seq, event.kind) for event in hub.stored] == [(1, EventKind.LOG), (2, EventKind.STATE)]
    assert "finite" in hub.stored[0].data["line"]


def test_the_workers_own_paths_are_not_in_logs(tmp_path):
    without_paths = path_remover(tmp_path / "jobs" / "one")
    line = f"{sys.prefix}/lib/torch/nn.py read {tmp_path}/jobs/one/inputs/dataset/train.csv in {ROOT}/x.py"

    assert without_paths(line) == "lib/torch/nn.py read inputs/dataset/train.csv in x.py"


def test_an_adapter_is_told_from_a_model_without_weights():
    fault = no_safetensors(["adapter_config.json", "adapter_model.safetensors"], "owner/adapter")

    assert (fault.code, "base model" in fault.message) == ("model_no_weights", True)


def test_a_flood_of_lines_is_cut_and_counted_but_no_number_is_lost(claim):
    hub = HubStandIn(None)
    reporter = Reporter(hub, claim)
    for number in range(LINES_LIMIT + 200):
        reporter.line(f"line {number}")
    reporter.send(EventKind.METRIC, {"step": 1, "values": {"loss": 1.0}})

    with reporter:
        time.sleep(3)
        reporter.line("the last")

    lines = [event.data["line"] for event in hub.stored if event.kind == EventKind.LOG]
    assert lines[-1] == "the last"
    assert "200" in lines[-2]
    assert len(lines) == LINES_LIMIT + 2
    assert [event.kind for event in hub.stored].count(EventKind.METRIC) == 1


def test_a_job_that_never_stops_talking_is_cut_to_a_rate_and_says_how_much_at_its_end(claim, monkeypatch):
    monkeypatch.setattr("workers.ml.reporter.LINES_LIMIT", 10)
    hub = HubStandIn(None)

    with Reporter(hub, claim) as reporter:
        for number in range(300):
            reporter.line(f"line {number}")
            time.sleep(0.002)
        reporter.send(EventKind.STATE, {"state": "succeeded"})

    lines = [event.data["line"] for event in hub.stored if event.kind == EventKind.LOG]
    counted = [int(line.split()[0]) for line in lines if not line.startswith("line")]
    kept = [line for line in lines if line.startswith("line")]
    assert 10 <= len(kept) <= 10 + 50 * 2
    assert sum(counted) + len(kept) == 300
    assert hub.stored[-1].kind == EventKind.STATE


def test_one_attempt_holds_a_folder_at_a_time(tmp_path, monkeypatch):
    monkeypatch.setattr(folders, "LOCK_SECONDS", 0.3)

    with job_folder(tmp_path, "one"):
        with pytest.raises(PlatformFault) as refused, job_folder(tmp_path, "one"):
            pass
        with job_folder(tmp_path, "two"):
            pass
    with job_folder(tmp_path, "one"):
        pass

    assert refused.value.code == "worker_busy"


def test_a_job_id_is_never_a_path(tmp_path):
    with pytest.raises(PlatformFault), job_folder(tmp_path, "../elsewhere"):
        pass


def test_the_sweep_removes_what_nobody_came_back_to_and_spares_what_is_held(tmp_path):
    for name in ("old", "held"):
        with job_folder(tmp_path, name) as folder:
            folder.prepare()
    held = threading.Event()

    with job_folder(tmp_path, "held"):
        sweep(tmp_path, keep_seconds=-1)
        held.set()

    assert not (tmp_path / "old").exists()
    assert (tmp_path / "held").exists()
    sweep(tmp_path, keep_seconds=3600)
    assert (tmp_path / "held").exists()


def test_a_new_attempt_finds_checkpoints_but_no_leftover_output(tmp_path):
    folder = JobFolder(tmp_path / "one")
    folder.prepare()
    (folder.checkpoints / "checkpoint-5").mkdir()
    (folder.output / "half.safetensors").write_text("half")
    folder.result.write_text("{}")

    folder.prepare()

    assert (folder.checkpoints / "checkpoint-5").is_dir()
    assert not list(folder.output.iterdir())
    assert not folder.result.exists()


def test_only_a_whole_checkpoint_counts_and_the_others_go(tmp_path):
    for step in (5, 10, 15, 20):
        (tmp_path / f"checkpoint-{step}").mkdir()
        (tmp_path / f"checkpoint-{step}" / "model.safetensors").write_bytes(b"weights")
    for step in (5, 10, 15):
        mark_complete(tmp_path / f"checkpoint-{step}")
    (tmp_path / "checkpoint-15" / "model.safetensors").write_bytes(b"weig")

    last = last_complete(tmp_path)

    assert last.name == "checkpoint-10"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["checkpoint-10", "checkpoint-5"]
    assert (last / MARKER).is_file()


def test_jobs_read_configuration_tokenizer_and_safetensors_alone():
    names = [
        "config.json",
        "model.safetensors",
        "model-00001-of-00002.safetensors",
        "tokenizer.json",
        "pytorch_model.bin",
        "evil.py",
    ]

    assert model_files([*names, "onnx/model.safetensors", "optimizer.pt", "adapter_model.safetensors"]) == [
        "config.json",
        "model-00001-of-00002.safetensors",
        "model.safetensors",
        "tokenizer.json",
    ]
    assert dataset_files(["README.md", "data/train.PARQUET", "load.py", "a.csv", "b.zip"]) == [
        "README.md",
        "a.csv",
        "data/train.PARQUET",
    ]


def test_links_and_unlisted_files_stay_behind(tmp_path):
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "adapter_config.json").write_text("{}")
    output = tmp_path / "output"
    output.mkdir()
    (output / "config.json").write_text("{}")
    (output / "training_args.bin").write_bytes(b"pickle")
    (output / "README.md").symlink_to("/etc/passwd")
    (output / "adapter").symlink_to(secret)
    (output / "deep" / "er").mkdir(parents=True)
    (output / "deep" / "er" / "config.json").write_text("{}")

    assert [path for path, _ in publishable(output, FINE_TUNE.output_files)] == ["config.json"]
