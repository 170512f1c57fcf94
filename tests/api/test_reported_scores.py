"""Scores in a model's repository: written from receipts in the form of the hub, and checked against these."""

import pytest
import yaml

from apps.core.errors import Forbidden
from apps.registry.contents.services.commit import commit_changes
from apps.registry.gitstore import AddFile
from apps.registry.repos.models import Repo
from apps.registry.repos.selectors import git_of
from apps.registry.training.selectors import Mark, reported_scores
from apps.registry.training.services.publish_scores import publish_scores
from tests.evidence_makers import a_pinned_repo, an_evaluation


@pytest.fixture
def receipt(cast):
    model, dataset = (
        a_pinned_repo(cast.owner, name, kind) for name, kind in (("tuned", "model"), ("films", "dataset"))
    )
    return an_evaluation(cast.owner, cast.staff, model=model, dataset=dataset)


@pytest.fixture
def repo(receipt):
    return Repo.objects.get(pk=receipt.model_key)


def commit(cast, repo, path, text):
    change = AddFile(path, text.encode())
    commit_changes(
        actor=cast.owner.actor, address=repo.address, branch="HEAD", changes=[change], message="Add"
    )
    repo.refresh_from_db()


def marks(cast, repo):
    return [(one.metric, one.value, one.mark) for one in reported_scores(cast.owner.actor, repo)]


def test_scores_are_written_as_the_hub_has_them_and_verified_by_their_receipt(cast, receipt, repo, client):
    path = publish_scores(actor=cast.owner.actor, receipt=receipt)
    repo.refresh_from_db()

    written = yaml.safe_load(git_of(repo).read_file(repo.head, path))
    assert path == f".eval_results/films-{str(receipt.pk)[:8]}.yaml"
    assert written[0]["dataset"] == {"id": "owner/films", "task_id": "test", "revision": "b" * 40}
    assert (written[0]["value"], written[0]["notes"]) == (0.87, "accuracy")
    assert written[0]["source"]["url"].endswith(f"/receipts/{receipt.pk}")
    assert marks(cast, repo)[0] == ("accuracy", 0.87, Mark.VERIFIED)
    assert client.get("/owner/tuned/evaluations").content.decode().count('data-mark="verified"') == 3


def test_publishing_twice_changes_nothing(cast, receipt, repo):
    publish_scores(actor=cast.owner.actor, receipt=receipt)
    repo.refresh_from_db()
    head = repo.head

    publish_scores(actor=cast.owner.actor, receipt=receipt)

    repo.refresh_from_db()
    assert repo.head == head


@pytest.mark.parametrize(
    "change",
    [
        {"value": 0.99},
        {"dataset": {"id": "owner/other", "task_id": "test"}},
        {"notes": "f1"},
        {"verifyToken": "forged"},
        {"verifyToken": None, "verified": True},
    ],
)
def test_what_the_receipt_does_not_say_is_only_reported(cast, receipt, repo, change):
    path = publish_scores(actor=cast.owner.actor, receipt=receipt)
    repo.refresh_from_db()
    written = yaml.safe_load(git_of(repo).read_file(repo.head, path))

    commit(cast, repo, path, yaml.safe_dump([{**written[0], **change}]))

    assert [mark for _metric, _value, mark in marks(cast, repo)] == [Mark.REPORTED]


def test_a_receipt_of_another_model_verifies_nothing(cast, receipt, repo):
    path = publish_scores(actor=cast.owner.actor, receipt=receipt)
    repo.refresh_from_db()
    text = git_of(repo).read_file(repo.head, path).decode()
    a_pinned_repo(cast.owner, "better", "model")
    other = Repo.objects.get(name="better")

    commit(cast, other, path, text)

    assert {mark for _metric, _value, mark in marks(cast, other)} == {Mark.REPORTED}


def test_the_results_of_the_card_are_shown_as_reported(cast, repo):
    metric = {"type": "accuracy", "value": 0.91, "verified": True}
    results = [
        {
            "task": {"type": "text-classification"},
            "dataset": {"type": "owner/films", "name": "films"},
            "metrics": [metric],
        }
    ]
    front = yaml.safe_dump({"model-index": [{"name": "tuned", "results": results}]})

    commit(cast, repo, "README.md", f"---\n{front}---\n# tuned\n")

    assert marks(cast, repo) == [("accuracy", 0.91, Mark.REPORTED)]


@pytest.mark.parametrize(
    "text", ["", "[", "- 5", "- dataset: 7", "a: &a [*a]", "- {dataset: {id: x}, value: yes}"]
)
def test_a_file_that_holds_no_result_is_left_out(cast, repo, text):
    commit(cast, repo, ".eval_results/odd.yaml", text)

    assert marks(cast, repo) == []


def test_only_who_may_change_the_model_publishes(cast, client, receipt, repo):
    with pytest.raises(Forbidden):
        publish_scores(actor=cast.stranger.actor, receipt=receipt)

    client.force_login(cast.owner.user)
    answer = client.post(f"/receipts/{receipt.pk}/publish")
    assert (answer.status_code, answer.headers["location"]) == (302, "/owner/tuned/evaluations")
    put = client.put(f"/api/v1/receipts/{receipt.pk}/published-scores")
    assert put.json() == {"path": f".eval_results/films-{str(receipt.pk)[:8]}.yaml"}
