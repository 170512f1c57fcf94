"""A job's output: its name belongs to one active job, and nobody else's repository is written."""

import threading

import pytest
from django.db import connection

from apps.core.actor import Need
from apps.registry.repos.access import repo_for
from apps.registry.repos.addresses import Address, RepoKind
from apps.registry.repos.errors import Forbidden
from apps.registry.repos.services.create import create_repo
from apps.toolchain.contracts import EventKind, OutputRepo
from apps.toolchain.jobs.errors import InvalidOrder, OutputTaken
from apps.toolchain.jobs.models import Job
from apps.toolchain.jobs.services import cancel_job, retry_job
from tests.job_makers import a_claim, a_job, a_running_job, an_event, end_backoff, key_actor, report
from tests.makers import Person, a_repo, the_cast

TUNED = Address(RepoKind.MODEL, "owner", "tuned")


def test_a_name_that_an_active_job_will_create_is_taken(cast):
    first = a_job(cast.owner)

    with pytest.raises(InvalidOrder) as refusal:
        a_job(cast.owner, output=OutputRepo("model", "owner/TUNED"))
    cancel_job(actor=cast.owner.actor, job_id=first.pk)
    second = a_job(cast.owner, output=OutputRepo("model", "owner/tuned"))
    with pytest.raises(OutputTaken):
        retry_job(actor=cast.owner.actor, job_id=first.pk)

    assert set(refusal.value.facts["fields"]) == {"output"}
    assert [str(job.state) for job in (Job.objects.get(pk=first.pk), second)] == ["cancelled", "queued"]


@pytest.mark.django_db(transaction=True)
def test_of_two_orders_at_once_for_one_name_one_is_accepted():
    people = the_cast()
    start, made, refused = threading.Barrier(4), [], []

    def order(person: Person, name: str) -> None:
        start.wait()
        try:
            made.append(a_job(person, output=OutputRepo("model", f"{people.organization.name}/{name}")))
        except InvalidOrder:
            refused.append(name)
        finally:
            connection.close()

    orders = [(person, name) for person in (people.owner, people.member) for name in ("tuned", "Tuned")]
    threads = [threading.Thread(target=order, args=one) for one in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(made), len(refused)) == (1, 3)


def test_a_job_writes_the_repository_that_it_made_in_later_attempts_too(cast):
    job, first = a_running_job(cast.owner, cast.staff)
    create_repo(actor=key_actor(first), address=TUNED)
    fault = {"state": "failed", "fault": "ours", "code": "worker_stopped", "message": ""}
    report(first, an_event(2, EventKind.STATE, **fault))
    second = a_claim(end_backoff(job), cast.staff)

    assert repo_for(key_actor(second), TUNED, Need.WRITE).address.id == "owner/tuned"


def test_a_job_does_not_write_a_repository_that_has_taken_its_name(cast):
    _job, claim = a_running_job(cast.owner, cast.staff)
    a_repo(cast.owner, "tuned")

    with pytest.raises(Forbidden) as refusal:
        repo_for(key_actor(claim), TUNED, Need.WRITE)

    assert "owner/tuned" in refusal.value.words
    assert repo_for(key_actor(claim), TUNED).address.id == "owner/tuned"
