"""The worker with a running site: the whole chain, kills, cancellation, limits and bad inputs."""

import contextlib
import json
import shutil
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.utils import timezone

from apps.toolchain.contracts import verify_receipt
from apps.toolchain.jobs.errors import JobAlreadyFinished
from apps.toolchain.jobs.models import Job, JobEvent, Lineage
from apps.toolchain.jobs.services import cancel_job, reap_expired, resend_waiting, retry_job
from apps.toolchain.receipts.models import Receipt
from apps.users.accounts.models import TokenRole
from tests.conftest import wait_until
from tests.disks import WHY_NOT, may_mount, small_disk
from tests.makers import a_token

from .ml_worker import MlWorker, is_alive, losses, order, publish, wait_for, wait_for_step
from .samples import write_dataset

pytestmark = [pytest.mark.chain, pytest.mark.timeout(240)]
MIB = 1024**2
FETCH = "import sys; from huggingface_hub import snapshot_download; print(snapshot_download(sys.argv[1]))"


@pytest.fixture
def worker(site, live_cast, tmp_path):
    worker = MlWorker(site, a_token(live_cast.staff.user, TokenRole.WORKER), tmp_path / "worker").start()
    yield worker
    worker.stop()
    print(worker.log.read_text()[-3000:])


@pytest.fixture
def model(live_cast, client_env, tiny_bert):
    return publish(client_env, live_cast.owner, "model", "tiny", tiny_bert)


@pytest.fixture
def dataset(live_cast, client_env, tmp_path):
    return publish(
        client_env, live_cast.owner, "dataset", "films", write_dataset(tmp_path / "films", train=400)
    )


def environment_of(pid: int) -> dict[str, str]:
    return dict(
        pair.split("=", 1) for pair in Path(f"/proc/{pid}/environ").read_text().split("\0") if "=" in pair
    )


def test_from_base_model_to_a_signed_score_without_a_database_setting(
    worker, live_cast, client_env, model, dataset
):
    tuning = wait_for(order(live_cast.owner, model, dataset, epochs=5), "succeeded", "failed", seconds=90)
    assert tuning.state == "succeeded", (tuning.code, tuning.message)
    made = Lineage.objects.get(job=tuning, direction="output")
    environment = {**client_env, "HF_TOKEN": live_cast.owner.token}
    fetched = subprocess.run(
        [sys.executable, "-c", FETCH, made.address],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    folder = Path(fetched.stdout.strip().splitlines()[-1])

    tuned = model.__class__("model", made.address, made.commit)
    scoring = wait_for(order(live_cast.owner, tuned, dataset, output=""), "succeeded", "failed", seconds=60)
    assert scoring.state == "succeeded", (scoring.code, scoring.message)
    receipt = Receipt.objects.get(job=scoring)
    body = json.loads(receipt.document)

    assert json.loads((folder / "config.json").read_text())["id2label"] == {"0": "bad", "1": "good"}
    assert f"base_model: {model.address}" in (folder / "README.md").read_text()
    assert not [
        name
        for name in environment_of(worker.process.pid)
        if "DATABASE" in name or name.startswith(("PG", "DJANGO", "SECRET"))
    ]
    accuracy = body["result"]["scores"][0]
    assert accuracy["value"] >= body["result"]["baseline"]["accuracy"] + 0.15
    assert verify_receipt(body, receipt.signature, receipt.signing_key.public_key)
    assert not verify_receipt({**body, "seed": 43}, receipt.signature, receipt.signing_key.public_key)
    assert not (worker.folder / "jobs" / str(tuning.pk)).exists()


def test_a_kill_in_mid_training_costs_only_the_steps_since_the_checkpoint_and_a_stop_none(
    worker, live_cast, model, dataset
):
    job = order(
        live_cast.owner,
        model,
        dataset,
        epochs=1000,
        max_steps=1500,
        evaluation_steps=50,
        early_stopping_patience=0,
    )
    wait_for_step(job, 100)
    wait_until(
        lambda: max(losses(job)) > Job.objects.get(pk=job.pk).checkpoint_step,
        what="a step after the checkpoint",
    )
    runners = worker.runners()
    assert runners
    worker.kill()
    wait_until(lambda: not any(map(is_alive, runners)), what="the end of the killed worker's job")
    cut_off = Job.objects.get(pk=job.pk).checkpoint_step

    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert reap_expired() == 1
    worker.start()
    wait_for_step(job, cut_off + 50)
    worker.stop()
    wait_for(job, "queued", seconds=5)

    first, second = losses(job, attempt=1), losses(job, attempt=2)
    shared = set(first) & set(second)
    resumed = min(second) - 5
    assert 100 <= cut_off <= resumed
    assert resumed % 50 == 0
    assert max(second) > cut_off + 40
    assert Job.objects.get(pk=job.pk).checkpoint_step >= max(second)
    assert {step: second[step] for step in shared} == pytest.approx(
        {step: first[step] for step in shared}, rel=1e-4
    )


def test_another_worker_goes_on_where_the_first_one_was_stopped(
    worker, site, live_cast, model, dataset, tmp_path
):
    often = {"evaluation_steps": 50, "early_stopping_patience": 0, "epochs": 1000, "max_steps": 1500}
    job = order(live_cast.owner, model, dataset, **often)
    wait_for_step(job, 100)
    worker.stop()
    wait_for(job, "queued", seconds=30)
    reached = Job.objects.get(pk=job.pk).checkpoint_step
    stored = job.checkpoints.get(is_resumable=True).step
    shutil.rmtree(worker.folder / "jobs")
    other = MlWorker(
        site,
        a_token(live_cast.staff.user, TokenRole.WORKER),
        tmp_path / "other",
        extra={"BANYAN_WORKER_NAME": "another worker"},
    ).start()

    try:
        wait_for_step(job, reached + 50)
    finally:
        other.stop()

    assert stored == reached
    assert min(losses(job, attempt=2)) > reached


def test_a_cancel_takes_effect_within_five_seconds_and_keeps_a_checkpoint(worker, live_cast, model, dataset):
    job = order(
        live_cast.owner, model, dataset, epochs=10_000 / 25, evaluation_steps=5000, early_stopping_patience=0
    )
    wait_until(
        lambda: JobEvent.objects.filter(job=job, kind="metric").exists(), seconds=60, what="the first step"
    )
    runners = worker.runners()
    assert runners

    began = time.monotonic()
    cancel_job(actor=live_cast.owner.actor, job_id=job.pk)
    wait_for(job, "cancelled", seconds=15)
    took = time.monotonic() - began

    assert took <= 5
    assert not any(map(is_alive, runners))
    assert job.checkpoint_step
    assert not (worker.folder / "jobs" / str(job.pk) / "inputs").exists()
    assert not Lineage.objects.filter(job=job, direction="output").exclude(commit="").exists()


def test_bad_inputs_rest_with_a_code_and_nothing_is_published(
    worker, live_cast, client_env, model, dataset, tmp_path
):
    pickled = tmp_path / "pickled"
    pickled.mkdir()
    (pickled / "config.json").write_text("{}")
    (pickled / "pytorch_model.bin").write_bytes(b"\x80\x04pickle")
    unsafe = publish(client_env, live_cast.owner, "model", "pickled", pickled)
    gone = model.__class__("dataset", "owner/never-there", "0" * 40)
    ordered = [
        order(live_cast.owner, unsafe, dataset, output="one"),
        order(live_cast.owner, model, gone, output="two"),
        order(live_cast.owner, model, dataset, output="three", text_column="sentence"),
    ]

    ended = [wait_for(job, "failed", "succeeded", seconds=60) for job in ordered]

    assert [(job.fault, job.code) for job in ended] == [
        ("yours", "model_unsafe_weights"),
        ("yours", "input_missing"),
        ("yours", "column_missing"),
    ]
    assert [job.attempt for job in ended] == [1, 1, 1]
    assert "pytorch_model.bin" in ended[0].message
    assert not list((worker.folder / "jobs").glob("*/run"))


def test_at_the_end_of_its_time_a_job_keeps_a_checkpoint_and_rests(
    worker, live_cast, model, dataset, settings
):
    job = order(
        live_cast.owner,
        model,
        dataset,
        epochs=1000,
        max_steps=1_000_000,
        evaluation_steps=20,
        early_stopping_patience=0,
    )
    wait_for_step(job, 20)
    worker.stop()
    wait_for(job, "queued", seconds=30)
    Job.objects.filter(pk=job.pk).update(ran_seconds=settings.JOB_SECONDS_LIMIT - 20)

    worker.start()
    wait_for(job, "failed", seconds=120)

    assert (job.fault, job.code, job.attempt) == ("yours", "time_exceeded", 2)
    assert job.ran_seconds >= settings.JOB_SECONDS_LIMIT
    assert job.checkpoint_step >= 20
    assert list((worker.folder / "jobs" / str(job.pk) / "run" / "checkpoints").iterdir())
    with pytest.raises(JobAlreadyFinished):
        retry_job(actor=live_cast.owner.actor, job_id=job.pk)


def test_a_small_file_that_unfolds_over_the_disk_ends_its_job_and_leaves_nothing(
    site, live_cast, client_env, model, tmp_path
):
    rows = {"text": ["x" * 150] * 500_000, "label": ["good", "bad"] * 250_000}
    bomb = tmp_path / "bomb"
    bomb.mkdir()
    pq.write_table(pa.table(rows), bomb / "train.parquet", compression="zstd")
    assert (bomb / "train.parquet").stat().st_size < 500_000
    dataset = publish(client_env, live_cast.owner, "dataset", "bomb", bomb)
    small = MlWorker(
        site,
        a_token(live_cast.staff.user, TokenRole.WORKER),
        tmp_path / "worker",
        extra={"BANYAN_JOB_DISK_GIB": "0.02"},
    ).start()

    try:
        job = wait_for(order(live_cast.owner, model, dataset), "failed", "succeeded", seconds=120)
    finally:
        small.stop()

    assert (job.fault, job.code, job.attempt) == ("yours", "disk_exceeded", 1)
    assert "20 MiB" in job.message
    assert not (small.folder / "jobs" / str(job.pk)).exists()


@pytest.mark.skipif(not may_mount(), reason=WHY_NOT)
def test_a_worker_whose_disk_is_full_takes_no_job_and_one_whose_disk_fills_up_says_so(
    site, live_cast, model, dataset, tmp_path
):
    token = a_token(live_cast.staff.user, TokenRole.WORKER)
    with small_disk(tmp_path / "small", 2 * MIB) as folder:
        full = MlWorker(site, token, folder, extra={"BANYAN_DISK_RESERVE_MIB": "1024"}).start()
        job = order(
            live_cast.owner,
            model,
            dataset,
            epochs=1000,
            max_steps=2000,
            evaluation_steps=5,
            early_stopping_patience=0,
        )
        wait_until(lambda: "disk.full" in full.log.read_text(), what="the worker's complaint")
        full.stop()
        job.refresh_from_db()
        assert (job.state, job.attempt) == ("queued", 0)

        small = MlWorker(site, token, folder, extra={"BANYAN_DISK_RESERVE_MIB": "0.001"}).start()
        Job.objects.filter(pk=job.pk).update(sent_at=timezone.now() - timedelta(minutes=10))
        resend_waiting()
        wait_for_step(job, 10)
        with contextlib.suppress(OSError), (folder / "of somebody else").open("wb", buffering=0) as ballast:
            while True:
                ballast.write(bytes(4096))
        wait_until(lambda: Job.objects.get(pk=job.pk).failures, seconds=90, what="the failure")
        small.stop()

    job.refresh_from_db()
    assert (job.state, job.attempt) == ("queued", 1)
    assert job.failures[0]["code"] == "disk_full"
    assert job.not_before
