"""The front page: recent public work, and first of all one's own."""

import pytest
from django.test import Client

from apps.registry.contents.services.commit import commit_changes
from apps.registry.gitstore import AddFile
from apps.toolchain.receipts.services import record_result
from tests.job_makers import a_claim, a_job, a_result, an_event, key_actor, report
from tests.makers import a_repo
from tests.pages import data_of

QUERY_LIMIT = 12


def a_model(person, name, **facts):
    repo = a_repo(person, name, **facts)
    return commit_changes(
        actor=person.actor,
        address=repo.address,
        branch="main",
        changes=[AddFile("README.md", b"# x\n")],
        message="Begin",
    ).repo


def page_of(person) -> str:
    client = Client()
    if person.user:
        client.force_login(person.user, backend="django.contrib.auth.backends.ModelBackend")
    return client.get("/").content.decode()


def test_anonymous_sees_public_repositories_only(cast):
    a_model(cast.owner, "open-one")
    a_model(cast.owner, "hidden-one", is_private=True)

    page = page_of(cast.anonymous)

    assert "open-one" in page
    assert "hidden-one" not in page


def test_a_person_sees_the_own_repositories_and_jobs_first(cast):
    a_model(cast.owner, "hidden-one", is_private=True)
    job = a_job(cast.owner)

    assert "hidden-one" in page_of(cast.owner)
    assert f"/jobs/{job.pk}" in page_of(cast.owner)
    assert "hidden-one" not in page_of(cast.stranger)
    assert f"/jobs/{job.pk}" not in page_of(cast.stranger)


@pytest.mark.parametrize("is_public", [True, False])
def test_scores_are_shown_to_those_who_may_read_their_job(cast, is_public):
    job = a_job(cast.owner, "evaluate", is_public=is_public)
    claim = a_claim(job, cast.staff)
    report(claim, an_event(1, "state", state="running"))
    receipt = record_result(actor=key_actor(claim), job_id=job.pk, result=a_result(claim))
    report(claim, an_event(2, "state", state="succeeded"))

    assert (f"/receipts/{receipt.pk}" in page_of(cast.anonymous)) is is_public


def test_an_empty_site_has_instructions(cast):
    page = page_of(cast.anonymous)

    assert data_of(page, "empty") == ["model", "dataset"]
    assert "export</span>" in page
    assert "HF_ENDPOINT" in page


def test_the_front_page_has_a_query_budget(cast, django_assert_max_num_queries):
    for name in ("a", "b", "c"):
        a_model(cast.owner, f"model-{name}")
        a_job(cast.owner)
    client = Client()
    client.force_login(cast.owner.user, backend="django.contrib.auth.backends.ModelBackend")

    client.get("/")  # The first request of a session also records its origin.

    with django_assert_max_num_queries(QUERY_LIMIT):
        assert client.get("/").status_code == 200
