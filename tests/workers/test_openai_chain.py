"""The official openai client orders fine-tunes that a real worker runs."""

from __future__ import annotations

import csv
import time

import pytest
from openai import OpenAI

from apps.registry.fine_tuning.models import FineTune
from apps.toolchain.jobs.models import JobState
from apps.users.accounts.models import TokenRole
from tests.conftest import wait_until
from tests.makers import a_token
from tests.openai_makers import jsonl

from .ml_worker import MlWorker, publish, wait_for_step
from .samples import sentences

pytestmark = [pytest.mark.chain, pytest.mark.timeout(480)]
OVER = ("succeeded", "failed", "cancelled")


@pytest.fixture
def client(site, live_cast, client_env, tiny_bert, tmp_path):
    """The owner's client, with a model `tiny` and a worker."""
    publish(client_env, live_cast.owner, "model", "tiny", tiny_bert)
    worker = MlWorker(site, a_token(live_cast.staff.user, TokenRole.WORKER), tmp_path / "worker").start()
    yield OpenAI(base_url=f"{site.url}/v1", api_key=live_cast.owner.token)
    worker.stop()
    print(worker.log.read_text()[-3000:])


def order(client: OpenAI, rows: int, **hyperparameters):
    data = jsonl([{"text": text, "label": label} for text, label in sentences(rows)])
    file = client.files.create(file=("rows.jsonl", data), purpose="fine-tune")
    method = {"type": "supervised", "supervised": {"hyperparameters": hyperparameters}}
    return client.fine_tuning.jobs.create(
        model="owner/tiny", training_file=file.id, suffix="films", seed=1, method=method
    )


def poll(client: OpenAI, job_id: str, *states: str, seconds: float = 180):
    found = None

    def is_there() -> bool:
        nonlocal found
        found = client.fine_tuning.jobs.retrieve(job_id)
        return found.status in states

    wait_until(is_there, seconds=seconds, every=0.2, what=" or ".join(states))
    return found


def test_a_file_becomes_a_model_that_has_learned(client):
    wanted = {"n_epochs": 5, "batch_size": 16, "learning_rate_multiplier": 50}
    made = order(client, 400, early_stopping_patience=100, **wanted)

    job = poll(client, made.id, *OVER)

    assert job.status == "succeeded", job.error
    rows = list(csv.DictReader(client.files.content(job.result_files[0]).text.splitlines()))
    losses = [float(row["train_loss"]) for row in rows if row["train_loss"]]
    assert sum(losses[-5:]) < sum(losses[:5])
    assert any(row["valid_loss"] for row in rows)
    events = [one.message for one in client.fine_tuning.jobs.list_events(job.id, limit=50)]
    assert f"New fine-tuned model created: {job.fine_tuned_model}" in events
    assert client.models.retrieve(job.fine_tuned_model).task == "text-classification"
    steps = [one.step_number for one in client.fine_tuning.jobs.checkpoints.list(job.id)]
    assert steps == sorted(steps, reverse=True)
    assert steps


def test_a_running_job_stops_and_goes_on_from_its_checkpoint(client):
    made = order(client, 400, n_epochs=50, batch_size=2, eval_steps=20, early_stopping_patience=1000)
    job = FineTune.objects.get(public_id=made.id).job
    wait_for_step(job, 20, seconds=180)

    assert client.fine_tuning.jobs.pause(made.id).paused
    stopped = _seconds_until(job, JobState.CANCELLED)
    saved = job.checkpoint_step
    client.fine_tuning.jobs.resume(made.id)
    wait_for_step(job, saved + 20, seconds=180)
    assert client.fine_tuning.jobs.cancel(made.id).status == "cancelled"
    cancelled = _seconds_until(job, JobState.CANCELLED)

    assert max(stopped, cancelled) < 10
    assert saved >= 20
    assert client.fine_tuning.jobs.retrieve(made.id).finished_at


def _seconds_until(job, state: JobState) -> float:
    began = time.monotonic()

    def is_there() -> bool:
        job.refresh_from_db()
        return job.state == state

    wait_until(is_there, seconds=30, what=str(state))
    return time.monotonic() - began
