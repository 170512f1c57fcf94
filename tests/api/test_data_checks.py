"""Rows are checked before an order: by the API, on the order form, and for those who may read them."""

import json

import pytest

from apps.registry.repos.models import Repo
from apps.toolchain.jobs.models import Job
from tests.pages import values_of
from tests.seed import a_model, a_repo, commit_files

HOME = "/owner/tiny-chat"


def chat(question: str, answer: str) -> dict:
    return {"messages": [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]}


def lines(*rows: object) -> bytes:
    return "".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows).encode()


GOOD = [chat(f"What is {number}?", "A number.") for number in range(20)]


def a_chat_dataset(person, name="chats", **files: bytes) -> Repo:
    repo = a_repo(person, name, kind="dataset")
    found = {path.replace("__", "."): data for path, data in files.items()}
    return commit_files(person, repo, {"README.md": "# Chats\n", **found}, "Add chats")


@pytest.fixture
def model(cast) -> Repo:
    repo = a_model(cast.owner, "tiny-chat")
    config = json.dumps({"model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": 64})
    return commit_files(cast.owner, repo, {"config.json": config}, "Make it a language model")


def check(client, person, *, recipe="chat-sft", dataset="owner/chats", **params):
    inputs = {"model": {"full_name": "owner/tiny-chat"}, "dataset": {"full_name": dataset}}
    body = {"kind": "fine_tune", "recipe": recipe, "inputs": inputs, "params": params}
    return client.post(
        "/api/v1/jobs/check", json.dumps(body), content_type="application/json", headers=person.headers
    )


def test_problems_are_named_by_file_and_line(client, cast, model):
    rows = lines(GOOD[0], "{broken", "", [1], {"messages": []}, chat("a", ""), GOOD[0])
    a_chat_dataset(cast.owner, train__jsonl=rows)

    (found,) = check(client, cast.owner).json()["splits"]

    assert [(one["path"], one["line"], one["code"]) for one in found["problems"]] == [
        ("train.jsonl", 2, "row_invalid"),
        ("train.jsonl", 4, "row_invalid"),
        ("train.jsonl", 5, "messages_not_list"),
        ("train.jsonl", 6, "content_empty"),
    ]
    assert (found["rows_count"], found["invalid_rows_count"], found["repeated_rows_count"]) == (6, 4, 1)
    assert found["is_complete"]
    assert not Job.objects.exists()


def test_lines_of_csv_files_count_records_over_several_lines(client, cast, model):
    data = b'prompt,completion\n"one\ntwo",yes\nthree\nfour,\n'
    a_chat_dataset(cast.owner, train__csv=data)

    (found,) = check(client, cast.owner).json()["splits"]

    assert [(one["line"], one["code"]) for one in found["problems"]] == [
        (4, "row_invalid"),
        (5, "content_empty"),
    ]
    assert found["previews"][0]["messages"][0] == {"role": "user", "content": "one\ntwo", "is_learned": False}


def test_long_rows_are_counted_by_what_a_training_would_cut(client, cast, model):
    rows = [*GOOD, chat("word " * 400, "yes"), chat("a", "word " * 400)]
    a_chat_dataset(cast.owner, train__jsonl=lines(*rows))

    (found,) = check(client, cast.owner, max_length=128).json()["splits"]

    assert (found["truncated_rows_count"], found["left_out_rows_count"]) == (2, 1)
    assert sum(one["rows_count"] for one in found["histogram"]) == 22
    assert found["longest_tokens_count"] > 400


def test_preferences_show_both_answers(client, cast, model):
    rows = [{"prompt": "a", "chosen": "b", "rejected": "c"}]
    a_chat_dataset(cast.owner, train__jsonl=lines(*rows))

    (found,) = check(client, cast.owner, recipe="preference").json()["splits"]

    assert [one["content"] for one in found["previews"][0]["messages"]] == ["a", "b"]
    assert [one["content"] for one in found["previews"][0]["rejected"]] == ["c"]


def test_each_named_split_is_checked_and_one_that_is_missing_is_said(client, cast, model):
    a_chat_dataset(cast.owner, train__jsonl=lines(*GOOD), test__jsonl=lines("{broken"))

    train, test, other = check(client, cast.owner, validation_split="test", test_split="other").json()[
        "splits"
    ]

    assert (train["split"], train["invalid_rows_count"]) == ("train", 0)
    assert (test["split"], test["invalid_rows_count"]) == ("test", 1)
    assert other["problem"]


@pytest.mark.parametrize("data", [b"[\n{}\n]\n", b"\xff\xfe\x00", b"\xff\n"])
def test_a_file_that_cannot_be_read_is_no_error_of_the_site(client, cast, model, data):
    a_chat_dataset(cast.owner, train__jsonl=data)

    answer = check(client, cast.owner)

    assert answer.status_code == 200
    assert answer.json()["splits"][0]["problem"].startswith("train.jsonl: ")


@pytest.mark.parametrize(
    ("facts", "status"),
    [({"recipe": "text-classification"}, 422), ({"recipe": "none"}, 422), ({"max_length": "long"}, 422)],
)
def test_what_cannot_be_checked_is_refused(client, cast, model, facts, status):
    a_chat_dataset(cast.owner, train__jsonl=lines(*GOOD))

    assert check(client, cast.owner, **facts).status_code == status


def test_somebody_elses_private_rows_are_not_shown(client, cast, model):
    a_chat_dataset(cast.owner, train__jsonl=lines(*GOOD))
    Repo.objects.filter(kind="dataset").update(is_private=True)

    assert check(client, cast.stranger).status_code == 422
    assert check(client, cast.anonymous).status_code == 401


def test_the_form_shows_the_first_rows_and_checks_all_when_asked(client, cast, model):
    a_chat_dataset(cast.owner, train__jsonl=lines(*GOOD * 6, "{broken"))
    client.force_login(cast.owner.user, backend="django.contrib.auth.backends.ModelBackend")

    page = client.get(f"{HOME}/fine-tune?dataset=owner/chats&recipe=chat-sft").content.decode()
    checked = client.post(f"{HOME}/fine-tune", {**values_of(page), "check": "1"}).content.decode()

    assert 'data-split="train" data-tone="good"' in page
    assert page.count('class="turn learned"') == 3
    assert 'data-split="train" data-tone="bad"' in checked
    assert 'data-line="121"' in checked
    assert not Job.objects.exists()


def test_other_recipes_have_no_check_on_their_form(client, cast, model):
    a_chat_dataset(cast.owner, train__jsonl=lines(*GOOD))
    client.force_login(cast.owner.user, backend="django.contrib.auth.backends.ModelBackend")

    page = client.get(f"{HOME}/fine-tune?dataset=owner/chats&recipe=text-classification").content.decode()

    assert 'id="checks"' not in page
