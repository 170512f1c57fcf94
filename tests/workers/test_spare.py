"""The spare runner: used once, by one job, in the sandbox that every job has."""

import json
import shutil
import time

import pytest

from workers.ml.folder import JobFolder, job_folder
from workers.ml.hardware import hardware
from workers.ml.input_cache import hash_of
from workers.ml.processes import start_runner
from workers.ml.sandbox import sandbox_check
from workers.ml.spare import SpareRunner

from .samples import a_spec, write_dataset
from .test_sandbox import settings_with

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def settings(tmp_path):
    found = settings_with(tmp_path)
    if not sandbox_check(found).executable:
        pytest.skip("no sandbox can be made here")
    return found


@pytest.fixture
def spare(settings):
    spare = SpareRunner(settings)
    spare.start()
    yield spare
    spare.stop()


def fill(folder: JobFolder, model, dataset) -> None:
    for name, source in {"model": model, "dataset": dataset}.items():
        shutil.copytree(source, folder.inputs / name)
    order = {"spec": a_spec(epochs=1).to_json(), "hardware": hardware().to_json(), "file_bytes": 2**33}
    folder.order.write_text(json.dumps(order))
    folder.make_inputs_readable()


def run(child) -> str:
    """Start the work of a runner with a filled folder; return how it ended."""
    with child:
        child.send_line("start")
        return next(
            message["kind"]
            for message in child.messages(lambda: None)
            if message["kind"] in {"done", "fault"}
        )


def test_a_spare_trains_the_same_model_as_a_runner_that_was_started_for_the_job(
    spare, settings, tiny_bert, tmp_path
):
    dataset = write_dataset(tmp_path / "films", train=64, test=16)
    with job_folder(settings.jobs_dir, "warm") as warm:
        child = spare.take(warm)
        fill(warm, tiny_bert, dataset)
        assert run(child) == "done"
    with job_folder(settings.jobs_dir, "cold") as cold:
        cold.prepare()
        fill(cold, tiny_bert, dataset)
        executable = sandbox_check(settings).executable
        assert run(start_runner(cold, lambda line: None, bubblewrap=executable)) == "done"

    made = [hash_of(folder.output / "model.safetensors") for folder in (warm, cold)]
    assert made[0] == made[1]
    assert not child.is_running()
    assert not list(settings.spares_dir.iterdir())


def test_a_job_that_takes_a_spare_keeps_its_checkpoints_and_nothing_else(spare, settings):
    with job_folder(settings.jobs_dir, "one") as folder:
        folder.prepare()
        (folder.checkpoints / "checkpoint-5").mkdir()
        (folder.output / "half.safetensors").write_text("half")

        child = spare.take(folder)

        assert child.folder.parent.parent == settings.spares_dir
        assert [path.name for path in folder.checkpoints.iterdir()] == ["checkpoint-5"]
        assert not list(folder.output.iterdir())
        assert spare.take(folder) is None
        child.kill()


def test_a_spare_that_died_costs_the_job_nothing(spare, settings):
    with job_folder(settings.jobs_dir, "one") as folder:
        folder.prepare()
        (folder.checkpoints / "checkpoint-5").mkdir()
        spare._spare.child.process.kill()
        spare._spare.child.process.wait()

        assert spare.take(folder) is None
        assert (folder.checkpoints / "checkpoint-5").is_dir()
    assert not list(settings.spares_dir.iterdir())


@pytest.mark.parametrize("setting", [{"BANYAN_SPARE_RUNNER": "off"}, {"BANYAN_ISOLATION": "off"}])
def test_a_worker_without_isolation_or_one_that_is_told_so_has_no_spare(tmp_path, setting):
    spare = SpareRunner(settings_with(tmp_path, **setting))

    spare.start()

    with job_folder(tmp_path / "jobs", "one") as folder:
        assert spare.take(folder) is None


def test_what_a_killed_worker_left_of_its_spare_is_removed(settings):
    with job_folder(settings.spares_dir, "left") as left, job_folder(settings.jobs_dir, "one") as job:
        left.prepare()
        job.prepare()
    time.sleep(0.01)

    SpareRunner(settings)

    assert not left.root.exists()
    assert job.root.exists()
