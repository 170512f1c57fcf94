"""The state machine of jobs."""

import itertools

import pytest

from apps.toolchain.jobs.errors import JobAlreadyFinished
from apps.toolchain.jobs.models import FINISHED, Job, JobState
from apps.toolchain.jobs.models.job import MOVES

ALLOWED = {
    ("queued", "claimed"),
    ("queued", "cancelled"),
    ("queued", "failed"),
    ("claimed", "running"),
    ("claimed", "queued"),
    ("claimed", "failed"),
    ("claimed", "cancelled"),
    ("running", "succeeded"),
    ("running", "failed"),
    ("running", "cancelled"),
    ("running", "queued"),
    ("failed", "queued"),
    ("cancelled", "queued"),
}


@pytest.mark.parametrize(("before", "after"), itertools.product(JobState.values, JobState.values))
def test_a_job_moves_along_the_table_and_nowhere_else(before, after):
    job = Job(state=before)

    if (before, after) in ALLOWED:
        job.move_to(JobState(after))
        assert job.state == after
    else:
        with pytest.raises(JobAlreadyFinished):
            job.move_to(JobState(after))
        assert job.state == before


def test_every_state_has_its_moves():
    assert set(MOVES) == set(JobState)


@pytest.mark.parametrize("state", FINISHED)
def test_a_finished_job_holds_no_lease_and_knows_when_it_ended(state):
    job = Job(state="running", lease_until="something")

    job.move_to(state)

    assert job.lease_until is None
    assert job.finished_at is not None


def test_a_job_that_is_queued_again_forgets_the_times_of_its_attempt():
    job = Job(state="running", lease_until="something", claimed_at="then", started_at="then")

    job.move_to(JobState.QUEUED)

    assert (job.claimed_at, job.started_at, job.finished_at, job.lease_until) == (None, None, None, None)
