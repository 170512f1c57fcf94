"""The official openai client plays files and fine-tuning against a running site."""

from __future__ import annotations

import io
import time
from dataclasses import dataclass, field

import openai
import pytest
from openai import OpenAI

from apps.business.usage.meters import Meter
from apps.business.usage.services import set_limit
from apps.registry.fine_tuning.models import FineTune
from apps.toolchain.contracts import EventKind
from apps.users.accounts.models import TokenRole
from tests.job_makers import an_event, report
from tests.makers import a_token
from tests.openai_makers import a_base, class_rows, finish, jsonl, start

pytestmark = pytest.mark.method("files", "fine_tuning.jobs", "models", client="openai")


@dataclass
class Requests:
    """What a client sent."""

    paths: list[str] = field(default_factory=list)

    def note(self, request) -> None:
        self.paths.append(request.url.path)


@pytest.fixture
def sent() -> Requests:
    return Requests()


def client_of(site, token: str, sent: Requests | None = None, **options) -> OpenAI:
    hooks = {"request": [sent.note]} if sent else {}
    http = openai.DefaultHttpxClient(event_hooks=hooks, trust_env=False)
    return OpenAI(base_url=f"{site.url}/v1", api_key=token, http_client=http, **options)


@pytest.fixture
def client(site, live_cast, sent) -> OpenAI:
    return client_of(site, live_cast.owner.token, sent)


@pytest.fixture
def base(live_cast):
    return a_base(live_cast.owner)


def upload(client: OpenAI, data: bytes | None = None, **facts):
    data = jsonl(class_rows()) if data is None else data
    return client.files.create(file=("rows.jsonl", data), purpose="fine-tune", **facts)


def order(client: OpenAI, **facts):
    return client.fine_tuning.jobs.create(model="owner/base", training_file=upload(client).id, **facts)


def poll(client: OpenAI, job_id: str, seconds: float = 60):
    """Ask for a job until it is over, as scripts do."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        job = client.fine_tuning.jobs.retrieve(job_id)
        if job.status in ("succeeded", "failed", "cancelled"):
            return job
        time.sleep(0.2)
    raise TimeoutError(job.status)


def done(client: OpenAI, cast, **facts):
    """Return a job that a worker has ended well."""
    made = order(client, **{"suffix": "films", **facts})
    found = FineTune.objects.get(public_id=made.id)
    finish(found.job, start(found.job, cast))
    return poll(client, made.id)


def test_files_are_uploaded_listed_read_and_deleted(client):
    data = jsonl(class_rows())
    made = client.files.wait_for_processing(upload(client, data).id)
    kept = upload(client, expires_after={"anchor": "created_at", "seconds": 3600})

    assert (made.status, made.bytes, made.purpose) == ("processed", len(data), "fine-tune")
    assert kept.expires_at == kept.created_at + 3600
    assert client.files.content(made.id).read() == data
    assert client.files.content(made.id).text == data.decode()
    assert b"".join(client.files.content(made.id).iter_bytes()) == data
    assert {one.id for one in client.files.list(purpose="fine-tune", limit=1)} == {made.id, kept.id}
    assert client.files.delete(made.id).deleted
    with pytest.raises(openai.NotFoundError) as gone:
        client.files.retrieve(made.id)
    assert (gone.value.code, gone.value.type) == ("file_not_found", "invalid_request_error")
    assert gone.value.request_id


def test_a_large_file_goes_up_in_parts(client, tmp_path):
    data = jsonl(class_rows(3000))
    (tmp_path / "rows.jsonl").write_bytes(data)

    done = client.uploads.upload_file_chunked(
        file=tmp_path / "rows.jsonl", mime_type="text/jsonl", purpose="fine-tune", part_size=40_000
    )

    assert (done.status, done.file.bytes, done.file.filename) == ("completed", len(data), "rows.jsonl")
    assert client.files.content(done.file.id).read() == data


def test_bad_rows_fail_the_job_with_the_line(client, base):
    bad = upload(client, jsonl(class_rows(11)) + b'{"text": ""}\n')

    job = poll(client, client.fine_tuning.jobs.create(model="owner/base", training_file=bad.id).id)

    assert (job.status, job.error.param, job.error.code) == (
        "failed",
        "training_file",
        "invalid_training_file",
    )
    assert "Line 12" in job.error.message


def test_a_fine_tune_from_the_file_to_the_model(client, live_cast, base):
    job = done(
        client,
        live_cast,
        seed=7,
        metadata={"team": "films"},
        method={
            "type": "supervised",
            "supervised": {
                "hyperparameters": {"n_epochs": 2, "batch_size": 4, "adapter": "lora", "lora_r": 4}
            },
        },
        extra_body={"flavor": "cpu", "max_seconds": 600},
    )

    assert (job.status, job.seed, job.error, job.integrations) == ("succeeded", 7, None, [])
    assert (job.hyperparameters.n_epochs, job.hyperparameters.batch_size) == (2, 4)
    assert job.method.type == "supervised"
    assert job.fine_tuned_model == f"ft:owner/base:owner:films:{job.id[-8:]}"
    assert (job.output_repo, job.organization_id) == ("owner/base-films", "owner")
    jobs = client.fine_tuning.jobs.list(extra_query={"metadata[team]": "films"})
    assert [one.id for one in jobs] == [job.id]
    assert client.fine_tuning.jobs.list(metadata={"team": "films"}).data[0].id == job.id
    assert list(client.fine_tuning.jobs.list(metadata={"team": "others"})) == []


def test_events_checkpoints_and_results_are_paged_and_read(client, live_cast, base):
    job = done(client, live_cast)

    events = list(client.fine_tuning.jobs.list_events(job.id, limit=5))
    checkpoints = list(client.fine_tuning.jobs.checkpoints.list(job.id, limit=1))
    rows = client.files.content(job.result_files[0]).text.splitlines()

    assert len({one.id for one in events}) == len(events) == 17
    assert (events[0].message, events[-1].message) == (
        "The job has successfully completed",
        f"Created fine-tuning job: {job.id}",
    )
    assert [one.step_number for one in checkpoints] == [10, 5]
    assert checkpoints[0].metrics.valid_loss == 0.9
    assert rows[0].startswith("step,train_loss,train_accuracy,valid_loss")
    assert float(rows[-1].split(",")[1]) < float(rows[1].split(",")[1])


def test_models_go_by_their_names(client, live_cast, base):
    job = done(client, live_cast)
    name = job.fine_tuned_model

    assert [one.id for one in client.models.list()] == [name]
    assert client.models.retrieve(name).owned_by == "owner"
    assert client.models.retrieve("owner/base").repo == "owner/base"
    again = client.fine_tuning.jobs.create(model=name, training_file=job.training_file)
    assert (again.model, again.base_model) == (name, "owner/base-films")
    assert client.models.delete(name).deleted
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve(name)


def test_a_running_job_is_paused_resumed_and_cancelled(client, live_cast, base):
    job = order(client)
    found = FineTune.objects.get(public_id=job.id)
    claim = start(found.job, live_cast)
    assert client.fine_tuning.jobs.retrieve(job.id).status == "running"

    paused = client.fine_tuning.jobs.pause(job.id)
    report(claim, an_event(16, EventKind.STATE, state="cancelled"))
    resumed = client.fine_tuning.jobs.resume(job.id)
    cancelled = client.fine_tuning.jobs.cancel(job.id)

    assert (paused.status, paused.paused) == ("queued", True)
    assert (resumed.status, resumed.paused) == ("queued", False)
    assert cancelled.status == "cancelled"
    with pytest.raises(openai.BadRequestError) as refused:
        client.fine_tuning.jobs.cancel(job.id)
    assert refused.value.code == "job_not_cancellable"


def test_the_client_waits_until_a_pausing_job_has_stopped(client, live_cast, base, sent):
    job = order(client)
    start(FineTune.objects.get(public_id=job.id).job, live_cast)
    client.fine_tuning.jobs.pause(job.id)

    with pytest.raises(openai.ConflictError):
        client.with_options(max_retries=1).fine_tuning.jobs.resume(job.id)

    assert sum(path.endswith("/resume") for path in sent.paths) == 2


def test_strangers_and_read_tokens_are_refused(client, site, live_cast, base):
    job = done(client, live_cast)
    stranger = client_of(site, live_cast.stranger.token)
    reader = client_of(site, a_token(live_cast.owner.user, TokenRole.READ))

    for call in (
        lambda: stranger.files.retrieve(job.training_file),
        lambda: stranger.files.content(job.result_files[0]),
        lambda: stranger.fine_tuning.jobs.retrieve(job.id),
        lambda: stranger.fine_tuning.jobs.cancel(job.id),
        lambda: stranger.fine_tuning.jobs.list_events(job.id),
        lambda: stranger.fine_tuning.jobs.checkpoints.list(job.id),
        lambda: stranger.models.retrieve(job.fine_tuned_model),
    ):
        with pytest.raises(openai.NotFoundError):
            call()
    with pytest.raises(openai.PermissionDeniedError):
        reader.fine_tuning.jobs.create(model="owner/base", training_file=job.training_file)
    with pytest.raises(openai.AuthenticationError) as unknown:
        client_of(site, "hf_nobody").files.list()
    assert unknown.value.code == "invalid_api_key"


def test_the_organization_of_the_client_owns_what_it_orders(site, live_cast, base):
    client = client_of(site, live_cast.member.token, organization="grove")

    job = order(client, suffix="ours")

    assert (job.organization_id, job.output_repo) == ("grove", "grove/base-ours")
    with pytest.raises(openai.AuthenticationError) as refused:
        client_of(site, live_cast.stranger.token, organization="grove").files.list()
    assert refused.value.code == "invalid_organization"


def test_over_the_cap_the_client_asks_once(client, live_cast, base, sent):
    set_limit(live_cast.owner.user.namespace_id, Meter.ACTIVE_JOBS, 0)

    with pytest.raises(openai.RateLimitError) as refused:
        order(client)

    assert (refused.value.code, refused.value.type) == ("insufficient_quota", "insufficient_quota")
    assert sent.paths.count("/v1/fine_tuning/jobs") == 1


def test_what_the_site_does_not_have_is_said(client):
    for call in (
        lambda: client.chat.completions.create(model="x", messages=[{"role": "user", "content": "Hi"}]),
        lambda: client.responses.create(model="x", input="Hi"),
        lambda: client.batches.list(),
        lambda: client.fine_tuning.checkpoints.permissions.retrieve("ft:x"),
    ):
        with pytest.raises(openai.NotFoundError) as refused:
            call()
        assert refused.value.code == "unknown_url"
    with pytest.raises(openai.BadRequestError) as unsupported:
        client.fine_tuning.jobs.create(
            model="owner/base",
            training_file="file-x",
            integrations=[{"type": "wandb", "wandb": {"project": "p"}}],
        )
    assert (unsupported.value.param, unsupported.value.code) == ("integrations", "unsupported_parameter")


def test_a_body_without_length_is_read_too(client):
    """Streams have no Content-Length; the form still arrives."""
    made = client.files.create(file=io.BytesIO(b"data"), purpose="user_data")

    assert client.files.content(made.id).read() == b"data"
