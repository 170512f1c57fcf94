"""Texts that a job shows while it runs: rows of samples, and cells that are written piece by piece."""

import json

import pytest

from apps.toolchain.contracts import ContractError, Event, EventKind
from apps.toolchain.jobs.models import Job
from tests.job_makers import a_claim, a_job, a_running_job, an_event, report
from tests.makers import a_repo
from tests.pages import data_of, form_errors, values_of
from tests.seed import a_dataset, a_model, commit_files

ANSWERS = {"title": "Answers"}


@pytest.fixture
def running(cast):
    return a_running_job(cast.owner, cast.staff)


def piece(seq, row, column, offset, text):
    return an_event(seq, EventKind.PIECE, **ANSWERS, row=row, column=column, offset=offset, text=text)


def samples(seq, rows, step=None, columns=("Prompt", "Answer")):
    extra = {} if step is None else {"step": step}
    return an_event(seq, EventKind.SAMPLES, title="Samples", columns=list(columns), rows=rows, **extra)


def shown(client, job):
    page = client.get(job.get_absolute_url())
    return page.context["view"].written, page.content.decode()


def test_pieces_become_the_cells_of_a_table(client, cast, running):
    job, claim = running
    report(claim, piece(2, 0, "Prompt", 0, "What color is the sky?"), piece(3, 0, "owner/tiny", 0, "The sky"))
    report(claim, piece(4, 0, "owner/tiny", 4, "heaven is blue"), piece(5, 1, "Prompt", 0, "<b>& you?</b>"))
    client.force_login(cast.owner.user, backend="django.contrib.auth.backends.ModelBackend")

    (section,), page = shown(client, job)

    assert (section.keys, section.head) == (["Prompt", "owner/tiny"], ["Prompt", "owner/tiny"])
    assert section.rows == [["What color is the sky?", "The heaven is blue"], ["<b>& you?</b>", ""]]
    assert data_of(page, "column") == ["Prompt", "owner/tiny"]
    assert "&lt;b&gt;&amp; you?&lt;/b&gt;" in page


def test_samples_are_shown_by_step_and_a_later_attempt_replaces_its_steps(client, cast, running):
    job, claim = running
    report(claim, samples(2, [["a", "1"]], step=10), samples(3, [["a", None], ["b", 0.5]], step=20))
    Job.objects.update(state="queued")
    later = a_claim(job, cast.staff)
    report(later, an_event(1, EventKind.STATE, state="running"), samples(2, [["a", "3"]], step=20))
    client.force_login(cast.owner.user, backend="django.contrib.auth.backends.ModelBackend")

    sections, _page = shown(client, job)

    assert [(one.step, one.rows, one.is_newest) for one in sections] == [
        ("20", [["a", "3"]], True),
        ("10", [["a", "1"]], False),
    ]


def test_a_page_with_texts_takes_few_queries(client, running, django_assert_max_num_queries):
    job, claim = running
    report(claim, *(piece(2 + row, row, "Prompt", 0, "x" * 200) for row in range(100)))
    client.get(job.get_absolute_url())

    with django_assert_max_num_queries(12):
        client.get(job.get_absolute_url())


def test_programs_read_pieces_as_events(client, cast, running):
    job, claim = running
    report(claim, piece(2, 0, "owner/tiny", 3, "blue"))

    found = client.get(
        f"/api/v1/jobs/{job.pk}/events?kind=piece", headers={"Authorization": f"Bearer {cast.owner.token}"}
    ).json()["items"]

    assert [one["data"] for one in found] == [
        {**ANSWERS, "row": 0, "column": "owner/tiny", "offset": 3, "text": "blue"}
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"row": -1},
        {"row": 10**6},
        {"row": True},
        {"offset": 10**9},
        {"offset": 0.5},
        {"text": None},
        {"text": 5},
        {"column": ["a"]},
        {"title": None},
    ],
    ids=str,
)
def test_a_piece_out_of_bounds_is_refused(wrong):
    data = {**ANSWERS, "row": 0, "column": "a", "offset": 0, "text": "b", **wrong}

    with pytest.raises(ContractError):
        Event.from_json({"seq": 1, "kind": "piece", "at": "", "data": data})


def test_a_long_or_odd_piece_is_cut(running):
    event = Event.from_json(
        json.loads(
            json.dumps(
                {
                    "seq": 1,
                    "kind": "piece",
                    "at": "",
                    "data": {"title": "t" * 999, "row": 0, "column": "c", "offset": 0, "text": "\0" * 99_999},
                }
            )
        )
    )

    assert len(event.data["title"]) == 200
    assert event.data["text"] == "�" * 20_000


ORDER = {"kind": "generate", "recipe": "text-generation", "inputs": {"model": {"full_name": "owner/base"}}}


@pytest.fixture
def model(cast):
    return a_model(cast.owner)


def order(client, cast, **facts):
    return client.post(
        "/api/v1/jobs",
        {**ORDER, "inputs": {"model": {"full_name": "owner/tiny-sentiment"}}, **facts},
        content_type="application/json",
        headers={"Authorization": f"Bearer {cast.owner.token}"},
    )


def test_a_generation_needs_prompts_or_a_dataset(client, cast, model):
    a_dataset(cast.owner)

    nothing = order(client, cast)
    empty = order(client, cast, params={"prompts": [" ", ""]})
    prompts = order(client, cast, params={"prompts": ["Line one\nline two", "second"]})
    rows = order(
        client,
        cast,
        inputs={
            "model": {"full_name": "owner/tiny-sentiment"},
            "second_model": {"full_name": "owner/tiny-sentiment"},
            "dataset": {"full_name": "owner/film-lines"},
        },
        params={"prompt_column": "text"},
    )

    assert [one.status_code for one in (nothing, empty, prompts, rows)] == [422, 422, 201, 201]
    assert Job.objects.get(pk=prompts.json()["id"]).params["prompts"] == ["Line one\nline two", "second"]
    assert sorted(rows.json()["inputs"]) == ["dataset", "model", "second_model"]


@pytest.mark.parametrize(
    "prompts",
    ["one", ["x" * 20_001], ["x"] * 101, [5], ["\x07"]],
    ids=["a text", "too long", "too many", "a number", "a control character"],
)
def test_prompts_have_limits(client, cast, model, prompts):
    assert order(client, cast, params={"prompts": prompts}).status_code == 422
    assert not Job.objects.exists()


def test_an_estimate_counts_what_is_written(client, cast, model):
    def tokens(count: int) -> int:
        answer = client.post(
            "/api/v1/jobs/estimate",
            {
                **ORDER,
                "inputs": {"model": {"full_name": "owner/tiny-sentiment"}},
                "params": {"prompts": ["a" * 40], "max_new_tokens": count},
            },
            content_type="application/json",
            headers={"Authorization": f"Bearer {cast.owner.token}"},
        )
        assert answer.status_code == 200, answer.content
        return answer.json()["estimates"][0]["tokens"]

    assert tokens(600) - tokens(100) == 500
    assert a_job(cast.owner).pk


@pytest.fixture
def writer(cast):
    repo = a_repo(cast.owner, "tiny-chat")
    config = json.dumps({"architectures": ["LlamaForCausalLM"]})
    commit_files(
        cast.owner, repo, {"config.json": config, "model.safetensors": "weights", "README.md": "# Tiny"}
    )
    return repo


@pytest.fixture
def as_owner(client, cast):
    client.force_login(cast.owner.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_prompts_are_written_on_a_models_page(as_owner, writer):
    page = "/owner/tiny-chat/generate"
    form = as_owner.get(page)
    values = values_of(form.content.decode())

    nothing = as_owner.post(page, values)
    sent = as_owner.post(page, {**values, "param_prompts": "What color is the sky?\r\n---\r\nAnd\r\nsnow?"})

    assert form.status_code == 200
    assert list(form_errors(nothing)) == ["param_prompts"]
    job = Job.objects.get()
    assert sent["Location"] == job.get_absolute_url()
    assert (job.kind, job.recipe, list(job.inputs)) == ("generate", "text-generation", ["model"])
    assert job.params["prompts"] == ["What color is the sky?", "And\nsnow?"]


def test_a_second_model_and_a_dataset_are_chosen_on_the_form(as_owner, cast, writer):
    a_dataset(cast.owner)
    page = "/owner/tiny-chat/generate"
    query = f"{page}?second_model=owner/tiny-chat&dataset=owner/film-lines"
    values = values_of(as_owner.get(query).content.decode())

    sent = as_owner.post(page, values)

    job = Job.objects.get()
    assert sent["Location"] == job.get_absolute_url()
    assert sorted(job.inputs) == ["dataset", "model", "second_model"]
    assert {name: job.params[name] for name in ("prompt_column", "split")} == {
        "prompt_column": "text",
        "split": "test",
    }


def test_a_model_that_writes_no_text_is_not_asked(as_owner, model):
    page = as_owner.get("/owner/tiny-sentiment/generate")

    assert [offer.reason != "" for offer in page.context["offers"]] == [True]
