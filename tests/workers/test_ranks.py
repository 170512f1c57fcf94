"""Several processes that train one model, in the sandbox, as one process would."""

import json
import shutil
from dataclasses import replace

import pytest

from apps.toolchain.contracts import JobKind
from workers.ml.child import Child
from workers.ml.folder import JobFolder, job_folder
from workers.ml.hardware import hardware
from workers.ml.processes import start_runner
from workers.ml.ranks import process_count
from workers.ml.sandbox import sandbox_check

from .samples import a_spec, write_dataset
from .test_sandbox import settings_with

pytestmark = pytest.mark.timeout(200)
# even splits: the last batch of an epoch is as large as the others
ROWS, STEPS = 80, 12
PARAMS = {"validation_split": "0.2", "max_steps": STEPS, "evaluation_steps": 4, "epochs": 3, "batch_size": 16}


@pytest.fixture
def settings(tmp_path):
    return settings_with(tmp_path)


def fill(folder: JobFolder, model, dataset, *, processes: int, **params) -> None:
    for name, source in {"model": model, "dataset": dataset}.items():
        shutil.rmtree(folder.inputs / name, ignore_errors=True)
        shutil.copytree(source, folder.inputs / name)
    spec = a_spec(**{**PARAMS, **params})
    order = {"spec": spec.to_json(), "hardware": hardware().to_json(), "file_bytes": 2**33}
    folder.order.write_text(json.dumps({**order, "processes": processes}))
    folder.make_inputs_readable()


def started(folder: JobFolder, settings, lines: list[str]) -> Child:
    child = start_runner(folder, lines.append, bubblewrap=sandbox_check(settings).executable)
    child.send_line("start")
    return child


def trained(settings, name: str, model, dataset, *, processes: int, **params) -> tuple[dict, dict]:
    """Train, and return the losses by step and the scores of the result."""
    losses, lines = {}, []
    with job_folder(settings.jobs_dir, name) as folder:
        folder.prepare()
        fill(folder, model, dataset, processes=processes, **params)
        with started(folder, settings, lines) as child:
            for message in child.messages(lambda: None):
                if message["kind"] == "metric":
                    losses |= {
                        (message["data"]["step"], key): value
                        for key, value in message["data"]["values"].items()
                    }
                assert message["kind"] != "fault", message
                if message["kind"] == "done":
                    break
        assert folder.result.exists(), lines[-20:]
        return losses, json.loads(folder.result.read_text())


@pytest.mark.parametrize("method", ["full", "lora"])
def test_two_processes_train_what_one_trains(settings, tiny_llama, tmp_path, method):
    dataset = write_dataset(tmp_path / "films", train=ROWS, test=16)
    facts = {"method": method, "precision": "float32", **({"lora_dropout": 0.0} if method == "lora" else {})}

    one, scores = trained(settings, "one", tiny_llama, dataset, processes=1, **facts)
    two, same_scores = trained(settings, "two", tiny_llama, dataset, processes=2, **facts)

    assert max(step for step, _name in one) == STEPS
    assert two == pytest.approx(one, rel=1e-4)
    assert same_scores["steps"] == scores["steps"]


def test_a_stop_reaches_all_processes_and_they_resume_together(settings, tiny_llama, tmp_path):
    dataset = write_dataset(tmp_path / "films", train=ROWS, test=16)
    lines: list[str] = []
    with job_folder(settings.jobs_dir, "one") as folder:
        folder.prepare()
        fill(folder, tiny_llama, dataset, processes=2, max_steps=4000, epochs=800, evaluation_steps=1000)
        with started(folder, settings, lines) as child:
            for message in child.messages(lambda: None):
                if message["kind"] == "metric":
                    break
            said = child.stop(30)
        steps = [message["data"]["step"] for message in said if message["kind"] == "checkpoint"]
        assert len(steps) == 1, lines[-20:]

        fill(folder, tiny_llama, dataset, processes=2, max_steps=4000, epochs=800, evaluation_steps=1000)
        with started(folder, settings, lines) as child:
            log = next(
                message["data"]["line"]
                for message in child.messages(lambda: None)
                if message["kind"] == "log" and "Resuming" in message["data"]["line"]
            )

    assert str(steps[0]) in log


def test_a_batch_is_divided_evenly_and_only_trainings_are():
    spec = a_spec(batch_size=12)

    assert [process_count(spec, devices) for devices in (1, 2, 4, 5, 8, 64)] == [1, 2, 4, 4, 6, 12]
    assert process_count(a_spec(JobKind.EVALUATE), 8) == 1
    assert process_count(replace(spec, recipe="unknown"), 8) == 1


def test_accumulated_gradients_are_those_of_the_larger_batch(settings, tiny_llama, tmp_path):
    dataset = write_dataset(tmp_path / "films", train=ROWS, test=16)
    facts = {"processes": 1, "precision": "float32"}

    whole, _scores = trained(settings, "whole", tiny_llama, dataset, **facts)
    parts, _scores = trained(
        settings, "parts", tiny_llama, dataset, **facts, batch_size=8, gradient_accumulation=2
    )

    assert parts == pytest.approx(whole, rel=1e-3)
