"""Fine-tuning jobs of the OpenAI API: orders, states, events, checkpoints, names, and who may do what."""

from __future__ import annotations

import csv
import json
from typing import Any

import pytest

from apps.business.usage.meters import Meter
from apps.business.usage.services import set_limit
from apps.registry.contents.services.commit import commit_changes
from apps.registry.contents.services.create import create_repo_with_files
from apps.registry.fine_tuning.models import FileDataset, FineTune
from apps.registry.gitstore import AddFile
from apps.registry.repos.addresses import Address, RepoKind
from apps.registry.repos.models import Repo
from apps.registry.repos.selectors.files import git_of
from apps.registry.repos.services.rename import rename_repo
from apps.registry.training.services.launch import Output
from apps.registry.training.services.publish import publish_checkpoint
from apps.toolchain.checkpoints.models import Checkpoint
from apps.toolchain.contracts import EventKind
from apps.toolchain.jobs.models import Job, JobState
from apps.users.accounts.models import TokenRole
from tests.api.test_openai_files import Api, refusal
from tests.job_makers import an_event, report
from tests.makers import a_repo, a_token
from tests.openai_makers import (
    WEIGHTS,
    a_base,
    a_file,
    a_fine_tune,
    a_writer,
    chat_rows,
    class_rows,
    finish,
    jsonl,
    preference_rows,
    start,
)

pytestmark = pytest.mark.django_db
JOBS = "fine_tuning/jobs"


@pytest.fixture
def api(cast) -> Api:
    return Api(cast.owner)


@pytest.fixture
def base(cast) -> Repo:
    return a_base(cast.owner)


def order(api: Api, file, **facts: Any):
    body = {"model": "owner/base", "training_file": getattr(file, "public_id", file), **facts}
    return api.post(JOBS, body)


def done(cast, **facts: Any) -> FineTune:
    """Return a fine-tune that has succeeded."""
    found = a_fine_tune(cast.owner, a_file(cast.owner), **facts)
    finish(found.job, start(found.job, cast))
    return FineTune.objects.get(pk=found.pk)


def test_an_order_becomes_a_private_job_on_a_private_dataset(api, cast, base):
    file, more = a_file(cast.owner), a_file(cast.owner, jsonl(class_rows(14)))

    made = order(
        api,
        file,
        validation_file=more.public_id,
        suffix="My films!",
        seed=7,
        metadata={"team": "a"},
        method={
            "type": "supervised",
            "supervised": {
                "hyperparameters": {
                    "n_epochs": 2,
                    "batch_size": 4,
                    "learning_rate_multiplier": 2,
                    "adapter": "lora",
                    "lora_r": 4,
                    "target_modules": ["query"],
                    "gradient_accumulation_steps": 2,
                }
            },
        },
    ).json()

    assert made["id"].startswith("ftjob-")
    assert (made["object"], made["status"], made["seed"]) == ("fine_tuning.job", "queued", 7)
    assert (made["organization_id"], made["metadata"]) == ("owner", {"team": "a"})
    assert (made["error"], made["fine_tuned_model"], made["result_files"]) == (None, None, [])
    assert made["hyperparameters"] == {"n_epochs": 2, "batch_size": 4, "learning_rate_multiplier": 2}
    assert made["method"]["supervised"]["hyperparameters"]["lora_r"] == 4
    assert made["output_repo"] == "owner/base-My-films"
    job = Job.objects.get()
    assert (job.recipe, job.is_open, job.seed) == ("text-classification", False, 7)
    params = job.params
    assert (params["epochs"], params["batch_size"], params["learning_rate"]) == (2.0, 4, 2e-3)
    assert (params["method"], params["lora_r"], params["lora_target_modules"]) == ("lora", 4, ["query"])
    assert (params["train_split"], params["validation_split"]) == ("train", "validation")
    assert (params["text_column"], params["label_column"], params["gradient_accumulation"]) == (
        "text",
        "label",
        2,
    )
    dataset = Repo.objects.get(kind="dataset")
    assert (dataset.is_private, job.inputs["dataset"]["address"]) == (True, dataset.address.id)


def test_the_dataset_holds_the_bytes_of_the_files(api, cast, base):
    data = jsonl(class_rows())
    order(api, a_file(cast.owner, data))

    repo = Repo.objects.get(kind="dataset")
    assert git_of(repo).read_file(repo.head, "train.jsonl") == data


def test_the_same_files_give_one_dataset(api, cast, base):
    file, again = a_file(cast.owner), a_file(cast.owner)
    order(api, file)
    order(api, again)
    other = order(api, file, validation_file=again.public_id)

    assert other.status_code == 200
    assert (Job.objects.count(), FileDataset.objects.count()) == (3, 2)
    assert len({job.inputs["dataset"]["key"] for job in Job.objects.all()}) == 2


def test_without_hyperparameters_the_recipe_chooses(api, cast, base):
    made = order(api, a_file(cast.owner), hyperparameters={"n_epochs": "auto"}).json()

    assert made["hyperparameters"] == {"n_epochs": 3, "batch_size": 16, "learning_rate_multiplier": "auto"}
    assert Job.objects.get().params["learning_rate"] == "auto"
    assert 0 <= made["seed"] < 2**31


def test_a_name_that_is_taken_gets_an_ending(api, cast, base):
    first, second = (order(api, a_file(cast.owner), suffix="films").json() for _time in range(2))

    assert first["output_repo"] == "owner/base-films"
    assert second["output_repo"] == f"owner/base-films-{second['id'][-8:]}"


def test_a_fault_in_the_rows_is_a_job_that_failed(api, cast, base):
    bad = a_file(cast.owner, jsonl(class_rows(11)) + b"{}\n")

    made = order(api, bad).json()

    assert (made["status"], made["error"]["param"]) == ("failed", "training_file")
    assert made["error"]["code"] == "invalid_training_file"
    assert made["error"]["message"].startswith("Line 12: ")
    assert made["finished_at"] is not None
    events = api.get(f"{JOBS}/{made['id']}/events").json()["data"]
    assert [one["level"] for one in events] == ["error", "info", "info"]
    assert Job.objects.count() == 0


def test_a_validation_file_of_another_format_is_a_job_that_failed(api, cast, base):
    made = order(
        api, a_file(cast.owner), validation_file=a_file(cast.owner, jsonl(chat_rows())).public_id
    ).json()

    assert (made["status"], made["error"]["param"]) == ("failed", "validation_file")


SUPERVISED = "method.supervised.hyperparameters"


def hyper(**facts: Any) -> dict[str, Any]:
    return {"method": {"type": "supervised", "supervised": {"hyperparameters": facts}}}


@pytest.mark.parametrize(
    ("facts", "param", "code"),
    [
        ({"model": "owner/absent"}, "model", "model_not_found"),
        ({"model": "owner/base@nowhere"}, "model", "model_not_found"),
        ({"model": "nonsense"}, "model", "model_not_found"),
        ({"model": "ft:owner/base:owner:x:00000000"}, "model", "model_not_found"),
        ({"model": None}, "model", "missing_required_parameter"),
        ({"model": 5}, "model", "invalid_value"),
        ({"training_file": "file-unknown"}, "training_file", "file_not_found"),
        ({"training_file": None}, "training_file", "missing_required_parameter"),
        ({"validation_file": "file-unknown"}, "validation_file", "file_not_found"),
        ({"training_file": "hf://datasets/owner/absent/train.jsonl"}, "training_file", "file_not_found"),
        ({"training_file": "hf://nonsense"}, "training_file", "invalid_value"),
        ({"suffix": "x" * 65}, "suffix", "invalid_value"),
        ({"seed": -1}, "seed", "invalid_value"),
        ({"seed": True}, "seed", "invalid_value"),
        ({"metadata": {"k": 1}}, "metadata", "invalid_value"),
        ({"metadata": {str(n): "v" for n in range(17)}}, "metadata", "invalid_value"),
        ({"integrations": [{"type": "wandb"}]}, "integrations", "unsupported_parameter"),
        ({"max_cost": 5}, "max_cost", "unsupported_parameter"),
        ({"flavor": "quantum"}, "flavor", "invalid_value"),
        ({"max_seconds": 1}, "max_seconds", "invalid_value"),
        ({"private": "yes"}, "private", "invalid_value"),
        ({"task": "juggling"}, "task", "unsupported_parameter"),
        ({"output_repo": "nonsense"}, "output_repo", "invalid_value"),
        ({"method": {"type": "reinforcement"}}, "method", "unsupported_parameter"),
        ({"method": {"type": "magic"}}, "method.type", "invalid_value"),
        ({"method": "supervised"}, "method", "invalid_value"),
        ({"method": {"type": "dpo"}}, "method", "invalid_file_format"),
        (hyper(n_epochs=0), f"{SUPERVISED}.n_epochs", "invalid_value"),
        (hyper(n_epochs="many"), f"{SUPERVISED}.n_epochs", "invalid_value"),
        (hyper(batch_size=257), f"{SUPERVISED}.batch_size", "invalid_value"),
        (hyper(learning_rate_multiplier=0), f"{SUPERVISED}.learning_rate_multiplier", "invalid_value"),
        (hyper(learning_rate_multiplier="2"), f"{SUPERVISED}.learning_rate_multiplier", "invalid_value"),
        (hyper(adapter="qlora"), f"{SUPERVISED}.adapter", "invalid_value"),
        (hyper(lora_r=4), f"{SUPERVISED}.lora_r", "invalid_value"),
        (hyper(speed=9), f"{SUPERVISED}.speed", "unsupported_parameter"),
        (hyper(beta=0.1), f"{SUPERVISED}.beta", "unsupported_parameter"),
        (hyper(packing=True), f"{SUPERVISED}.packing", "unsupported_parameter"),
        ({"hyperparameters": []}, "hyperparameters", "invalid_value"),
    ],
)
def test_a_request_that_is_wrong_is_refused_by_its_field(api, cast, base, facts, param, code):
    response = order(api, a_file(cast.owner), **facts)

    assert refusal(response) == (400, "invalid_request_error", param, code)
    assert (Job.objects.count(), FineTune.objects.count()) == (0, 0)
    assert Repo.objects.filter(kind="dataset").count() <= (param == "output_repo")


@pytest.mark.parametrize("body", [b"[]", b"{", b'{"model": NaN}', b'{"a": "\\u0000"}'])
def test_a_body_that_is_no_object_is_refused(api, body):
    assert refusal(api.post(JOBS, body)) == (400, "invalid_request_error", None, "invalid_json")


def test_fields_of_other_versions_are_ignored(api, cast, base):
    assert order(api, a_file(cast.owner), invented_next_year=True).status_code == 200


def test_a_file_of_a_dataset_is_trained_on_where_it_is(api, cast, base):
    films = a_repo(cast.owner, "films", kind="dataset")
    files = {"train.jsonl": class_rows(), "test.jsonl": class_rows(), "odd/a.jsonl": [{"x": 1}]}
    sha = commit_changes(
        actor=cast.owner.actor,
        address=films.address,
        branch="main",
        changes=[AddFile(path, jsonl(rows)) for path, rows in files.items()],
        message="Add",
    ).sha
    address = f"hf://datasets/owner/films@{sha}"

    made = order(api, f"{address}/train.jsonl", validation_file=f"{address}/test.jsonl").json()

    job = Job.objects.get()
    assert (made["dataset"], job.inputs["dataset"]["commit"]) == ("owner/films", sha)
    assert (job.params["train_split"], job.params["validation_split"]) == ("train", "test")
    assert refusal(order(api, f"{address}/none.jsonl"))[2:] == ("training_file", "file_not_found")


# chats


def test_chats_train_a_language_model(api, cast):
    a_writer(cast.owner)
    file = a_file(cast.owner, jsonl(chat_rows()))
    wanted = {"n_epochs": 1, "learning_rate_multiplier": 0.5, "max_length": 256, "packing": True}

    made = order(api, file, model="owner/writer", **hyper(**wanted)).json()

    job = Job.objects.get()
    assert (made["status"], job.recipe) == ("queued", "chat-sft")
    assert (job.params["messages_column"], job.params["packing"]) == ("messages", True)
    assert (job.params["max_length"], job.params["learning_rate"]) == (256, 5e-4)


def test_preferences_train_by_dpo(api, cast):
    a_writer(cast.owner)
    file = a_file(cast.owner, jsonl(preference_rows()))
    method = {"type": "dpo", "dpo": {"hyperparameters": {"beta": 0.2, "n_epochs": 1, "adapter": "full"}}}

    made = order(api, file, model="owner/writer", method=method).json()

    job = Job.objects.get()
    assert (made["method"]["type"], job.recipe) == ("dpo", "preference")
    assert (job.params["beta"], job.params["method"]) == (0.2, "full")
    assert (job.params["chosen_column"], job.params["rejected_column"]) == (
        "preferred_output",
        "non_preferred_output",
    )
    assert made["method"]["dpo"]["hyperparameters"]["beta"] == 0.2


def test_a_model_that_writes_nothing_is_refused(api, cast):
    files = [AddFile("config.json", b'{"architectures": ["BertForMaskedLM"]}'), WEIGHTS]
    address = Address(RepoKind.MODEL, "owner", "reader")
    create_repo_with_files(actor=cast.owner.actor, address=address, files=files)

    response = order(api, a_file(cast.owner, jsonl(chat_rows())), model="owner/reader")

    assert refusal(response)[2:] == ("model", "unsupported_model")


# states


def test_the_states_of_a_job_are_those_of_the_api(api, cast, base):
    found = a_fine_tune(cast.owner, a_file(cast.owner))
    path = f"{JOBS}/{found.public_id}"

    claim = start(found.job, cast)
    running = api.get(path).json()
    commit = finish(found.job, claim)
    over = api.get(path).json()

    assert (running["status"], running["fine_tuned_model"]) == ("running", None)
    assert running["estimated_finish"] >= running["created_at"]
    assert (over["status"], over["error"]) == ("succeeded", None)
    assert over["fine_tuned_model"] == f"ft:owner/base:owner:films:{found.public_id[-8:]}"
    assert (over["output_repo"], over["output_revision"]) == ("owner/base-films", commit)
    assert over["finished_at"] >= over["created_at"]
    assert over["estimated_finish"] is None


def test_a_job_that_failed_says_why(api, cast, base):
    found = a_fine_tune(cast.owner, a_file(cast.owner))
    claim = start(found.job, cast)
    fault = {"state": "failed", "fault": "yours", "code": "labels_one_class", "message": "one"}
    report(claim, an_event(16, EventKind.STATE, **fault))

    over = api.get(f"{JOBS}/{found.public_id}").json()

    assert over["status"] == "failed"
    assert over["error"] == {
        "code": "labels_one_class",
        "message": "one",
        "param": "training_file",
    }


def test_a_queued_job_is_cancelled_once(api, cast, base):
    found = a_fine_tune(cast.owner, a_file(cast.owner))
    path = f"{JOBS}/{found.public_id}/cancel"

    assert api.post(path).json()["status"] == "cancelled"
    assert refusal(api.post(path)) == (400, "invalid_request_error", None, "job_not_cancellable")


def test_a_running_job_counts_as_cancelled_at_once(api, cast, base):
    found = a_fine_tune(cast.owner, a_file(cast.owner))
    claim = start(found.job, cast)

    assert api.post(f"{JOBS}/{found.public_id}/cancel").json()["status"] == "cancelled"
    report(claim, an_event(16, EventKind.STATE, state="cancelled"))
    over = api.get(f"{JOBS}/{found.public_id}").json()
    assert (over["status"], over["paused"]) == ("cancelled", False)
    assert over["finished_at"] is not None


def test_a_paused_job_gives_its_worker_up_and_resumes(api, cast, base):
    found = a_fine_tune(cast.owner, a_file(cast.owner))
    path, claim = f"{JOBS}/{found.public_id}", start(found.job, cast)

    pausing = api.post(f"{path}/pause").json()
    too_early = api.post(f"{path}/resume")
    report(claim, an_event(16, EventKind.STATE, state="cancelled"))
    paused = api.get(path).json()
    resumed = api.post(f"{path}/resume").json()

    assert (pausing["status"], pausing["paused"]) == ("queued", True)
    assert (too_early.status_code, too_early.has_header("x-should-retry")) == (409, False)
    assert (paused["status"], paused["paused"], paused["finished_at"]) == ("queued", True, None)
    assert (resumed["status"], resumed["paused"]) == ("queued", False)
    job = Job.objects.get()
    assert (job.state, job.checkpoint_step) == (JobState.QUEUED, 10)
    assert refusal(api.post(f"{path}/resume")) == (400, "invalid_request_error", None, "job_not_paused")


def test_a_paused_job_can_be_cancelled(api, cast, base):
    found = a_fine_tune(cast.owner, a_file(cast.owner))
    path = f"{JOBS}/{found.public_id}"
    assert api.post(f"{path}/pause").json()["paused"]
    assert api.post(f"{path}/pause").json()["paused"]

    over = api.post(f"{path}/cancel").json()

    assert (over["status"], over["paused"]) == ("cancelled", False)
    assert refusal(api.post(f"{path}/pause"))[3] == "job_not_pausable"


# lists


def test_events_are_paged_newest_first(api, cast, base):
    found = done(cast)
    path, seen, after = f"{JOBS}/{found.public_id}/events", [], ""

    while True:
        page = api.get(path, limit=4, **({"after": after} if after else {})).json()
        seen += page["data"]
        after = page["last_id"]
        if not page["has_more"]:
            break

    messages = [one["message"] for one in seen]
    assert messages[:2] == [
        "The job has successfully completed",
        f"New fine-tuned model created: {found.name}",
    ]
    assert messages[-4:] == [
        "Fine-tuning job started",
        "Files validated, moving job to queued state",
        f"Validating training file: {found.training_file}",
        f"Created fine-tuning job: {found.public_id}",
    ]
    assert len({one["id"] for one in seen}) == len(seen) == 17
    metrics = [one for one in seen if one["type"] == "metrics"]
    assert metrics[-1]["data"] == {"step": 1, "total_steps": 20, "train_loss": 1.9}
    assert metrics[-1]["message"] == "Step 1/20: training loss=1.90"
    assert metrics[0]["data"] == {"step": 10, "total_steps": 20, "valid_loss": 0.9}


def test_checkpoints_are_paged_newest_first_with_their_metrics(api, cast, base):
    found = done(cast)
    path = f"{JOBS}/{found.public_id}/checkpoints"

    first = api.get(path, limit=1).json()
    rest = api.get(path, limit=1, after=first["last_id"]).json()

    (newest,), (oldest,) = first["data"], rest["data"]
    assert (first["has_more"], rest["has_more"]) == (True, False)
    assert (newest["step_number"], oldest["step_number"]) == (10, 5)
    assert newest["fine_tuned_model_checkpoint"] == f"{found.name}:ckpt-step-10"
    assert newest["metrics"] == {"step": 10, "train_loss": 1.0, "valid_loss": 0.9}
    assert oldest["metrics"] == {"step": 5, "train_loss": 1.5}


@pytest.mark.parametrize("after", ["ftevent-x", "0", "ftjob-1"])
def test_a_cursor_of_another_list_is_refused(api, cast, base, after):
    found = a_fine_tune(cast.owner, a_file(cast.owner))

    for path in (f"{JOBS}/{found.public_id}/events", f"{JOBS}/{found.public_id}/checkpoints", JOBS):
        assert refusal(api.get(path, after=after))[:3] == (400, "invalid_request_error", "after")
    assert refusal(api.get(JOBS, limit="no"))[2] == "limit"


def test_jobs_are_listed_by_metadata_and_page(api, cast, base):
    file = a_file(cast.owner)
    ids = [
        a_fine_tune(cast.owner, file, metadata=metadata).public_id
        for metadata in ({"team": "a", "run": "1"}, {"team": "a"}, {})
    ]

    def listed(**query: Any) -> list[str]:
        return [one["id"] for one in api.get(JOBS, **query).json()["data"]]

    assert listed() == ids[::-1]
    assert listed(**{"metadata[team]": "a"}) == [ids[1], ids[0]]
    assert listed(**{"metadata[team]": "a", "metadata[run]": "1"}) == [ids[0]]
    assert listed(metadata="null") == [ids[2]]
    assert listed(limit=1, after=ids[2]) == [ids[1]]


def test_a_page_of_jobs_takes_few_queries(api, cast, base, django_assert_max_num_queries):
    for _time in range(3):
        done(cast)
    api.get(JOBS)

    with django_assert_max_num_queries(12):
        assert len(api.get(JOBS).json()["data"]) == 3
    with django_assert_max_num_queries(12):
        assert len(api.get("models").json()["data"]) == 3


# results and names


def test_the_result_file_holds_the_metrics(api, cast, base):
    found = done(cast)

    made = api.get(f"{JOBS}/{found.public_id}").json()
    (file_id,) = made["result_files"]
    rows = list(csv.reader(_text(api, file_id).splitlines()))

    assert rows[0] == ["step", "train_loss", "train_accuracy", "valid_loss", "valid_mean_token_accuracy"]
    assert (rows[1], rows[-1]) == (["1", "1.9", "", "", ""], ["10", "1.0", "", "0.9", ""])
    assert api.get(f"files/{file_id}").json()["purpose"] == "fine-tune-results"
    api.delete(f"files/{file_id}")
    assert api.get(f"{JOBS}/{found.public_id}").json()["result_files"] == []


def _text(api: Api, file_id: str) -> str:
    return b"".join(api.get(f"files/{file_id}/content").streaming_content).decode()


def test_a_tuned_model_is_tuned_further_by_its_name(api, cast, base):
    found = done(cast)

    for name in (found.name, f"{found.name}:ckpt-step-10", "owner/base-films"):
        made = order(api, a_file(cast.owner), model=name).json()
        assert (made["model"], made["base_model"]) == (name, "owner/base-films")
    assert refusal(order(api, a_file(cast.owner), model=f"{found.name}:ckpt-step-5"))[3] == "model_not_found"


def test_a_checkpoint_is_a_model_once_it_is_published(api, cast, base):
    found = done(cast)
    name = f"{found.name}:ckpt-step-5"
    saved = Checkpoint.objects.create(job=found.job, attempt=1, step=5, files=[], size=0)
    assert api.get(f"models/{name}").json()["repo"] is None

    job = publish_checkpoint(
        actor=cast.owner.actor, checkpoint=saved, output=Output("owner/early", is_private=True)
    )
    claim = start(job, cast)
    commit = finish(job, claim)

    assert api.get(f"models/{name}").json()["revision"] == commit
    made = order(api, a_file(cast.owner), model=name).json()
    assert (made["base_model"], made["base_revision"]) == ("owner/early", commit)
    assert refusal(api.delete(f"models/{name}"))[0] == 404
    assert api.get(f"models/{found.name}").status_code == 200


def test_a_name_leads_to_a_renamed_repository(api, cast, base):
    found = done(cast)
    before, to = (Address(RepoKind.MODEL, "owner", name) for name in ("base-films", "critic"))
    rename_repo(actor=cast.owner.actor, address=before, to=to)

    assert api.get(f"models/{found.name}").json()["repo"] == "owner/critic"
    assert order(api, a_file(cast.owner), model=found.name).json()["base_model"] == "owner/critic"


def test_models_are_listed_found_and_forgotten(api, cast, base):
    found = done(cast)
    a_fine_tune(cast.owner, a_file(cast.owner))

    (only,) = api.get("models").json()["data"]
    assert (only["id"], only["object"], only["owned_by"]) == (found.name, "model", "owner")
    assert api.get("models/owner%2Fbase").json()["repo"] == "owner/base"
    assert api.get(f"models/{found.name}").json() == only
    assert api.delete(f"models/{found.name}").json() == {"id": found.name, "object": "model", "deleted": True}
    assert refusal(api.get(f"models/{found.name}")) == (404, "invalid_request_error", None, "model_not_found")
    assert Repo.objects.filter(key="base-films", deleted_at=None).exists()
    assert refusal(api.delete("models/owner/base"))[0] == 404


# who may, how much, and how often


def test_a_stranger_finds_no_fine_tune_of_others(cast, base):
    found = done(cast)
    stranger, path = Api(cast.stranger), f"{JOBS}/{found.public_id}"

    answers = [stranger.get(f"{path}{end}") for end in ("", "/events", "/checkpoints")]
    answers += [stranger.post(f"{path}/{act}") for act in ("cancel", "pause", "resume")]
    answers += [stranger.get(f"models/{found.name}"), stranger.delete(f"models/{found.name}")]

    assert {answer.status_code for answer in answers} == {404}
    assert stranger.get(JOBS).json()["data"] == []
    file = a_file(cast.stranger)
    assert refusal(order(stranger, file, model=found.name))[3] == "model_not_found"
    assert refusal(order(stranger, found.training_file))[3] == "file_not_found"
    assert Api().get(path).status_code == 401


def test_a_read_token_orders_and_cancels_nothing(cast, base):
    file = a_file(cast.owner)
    found = a_fine_tune(cast.owner, file)
    reader = Api(token=a_token(cast.owner.user, TokenRole.READ))

    assert reader.get(f"{JOBS}/{found.public_id}").status_code == 200
    assert refusal(order(reader, file))[:2] == (403, "permission_error")
    assert refusal(reader.post(f"{JOBS}/{found.public_id}/cancel"))[:2] == (403, "permission_error")


def test_an_organization_owns_what_its_members_order(cast, base):
    member = Api(cast.member, **{"OpenAI-Organization": "Grove"})
    file = a_file(cast.member, namespace="grove")

    made = order(member, file, suffix="x").json()

    assert (made["organization_id"], made["output_repo"]) == ("grove", "grove/base-x")
    assert Repo.objects.get(kind="dataset").namespace.key == "grove"
    assert Api(cast.owner).get(f"{JOBS}/{made['id']}").status_code == 200


def test_too_many_jobs_are_429_and_not_repeated(api, cast, base):
    set_limit(cast.owner.user.namespace_id, Meter.ACTIVE_JOBS, 0)

    response = order(api, a_file(cast.owner))

    assert refusal(response)[:2] == (429, "insufficient_quota")
    assert response["x-should-retry"] == "false"


def test_a_request_that_is_sent_again_orders_one_job(api, cast, base):
    body = {"model": "owner/base", "training_file": a_file(cast.owner).public_id}

    first = api.post(JOBS, body).json()
    again = api.post(JOBS, body, **{"X-Stainless-Retry-Count": "1"}).json()
    fresh = api.post(JOBS, body, **{"X-Stainless-Retry-Count": "0"}).json()

    assert (again["id"] == first["id"], fresh["id"] == first["id"]) == (True, False)


def test_an_idempotency_key_orders_one_job(api, cast, base):
    body = {"model": "owner/base", "training_file": a_file(cast.owner).public_id}

    first, again = (api.post(JOBS, body, **{"Idempotency-Key": "k"}).json() for _time in range(2))

    assert first["id"] == again["id"]
    assert json.dumps(first) == json.dumps(again)
    assert refusal(api.post(JOBS, {**body, "seed": 1}, **{"Idempotency-Key": "k"}))[0] == 400
