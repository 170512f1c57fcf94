"""What else people are told of: invitations, access requests, jobs that ended."""

import pytest

from apps.core.notifications.models import Notification
from apps.core.notifications.presenters import notification_views
from apps.core.notifications.selectors import inbox, unread_count
from apps.core.notifications.services import delivery
from apps.registry.repos.models import AccessState, Gating
from apps.registry.repos.services.access_requests import decide_access, request_access
from apps.toolchain.jobs.models import JobState
from apps.toolchain.jobs.services.moves import change_state
from apps.users.accounts.models import Role
from apps.users.accounts.services.organizations import (
    accept_invitation,
    decline_invitation,
    invite_person,
    withdraw_invitation,
)
from tests.job_makers import a_job, a_running_job
from tests.makers import a_repo

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_store")]


def deliver_all() -> None:
    for event in delivery.unfinished_events():
        delivery.deliver_event(event.pk)


def titles(person) -> list[str]:
    deliver_all()
    return [view.title for view in notification_views(person.actor, list(inbox(person.actor)))]


def an_invitation(cast):
    facts = {"organization": "grove", "name": "stranger", "role": Role.READ}
    return invite_person(actor=cast.owner.actor, **facts)[0]


def test_an_invitation_tells_the_person_once(cast):
    an_invitation(cast)
    an_invitation(cast)

    assert titles(cast.stranger) == ["Invitation to The Grove"]
    assert Notification.objects.count() == 1


@pytest.mark.parametrize(
    "answer",
    [
        lambda cast, found: accept_invitation(actor=cast.stranger.actor, invitation_id=found.public_id),
        lambda cast, found: decline_invitation(actor=cast.stranger.actor, invitation_id=found.public_id),
        lambda cast, found: withdraw_invitation(
            actor=cast.owner.actor, organization="grove", invitation_id=found.public_id
        ),
    ],
    ids=["accepted", "declined", "withdrawn"],
)
def test_an_invitation_that_is_over_leaves_the_inbox(cast, answer):
    invitation = an_invitation(cast)
    assert titles(cast.stranger)

    answer(cast, invitation)

    assert unread_count(cast.stranger.actor) == 0


@pytest.fixture
def gated(cast):
    repo = a_repo(cast.owner, namespace="grove")
    repo.gating = Gating.MANUAL
    repo.save()
    return repo


def test_a_request_for_access_tells_the_admins_alone(cast, gated):
    request_access(actor=cast.stranger.actor, address=gated.address, reason="Research")

    (title,) = titles(cast.owner)
    assert "stranger" in title
    assert "grove/tiny" in title
    assert titles(cast.member) == titles(cast.stranger) == []


@pytest.mark.parametrize("state", [AccessState.ACCEPTED, AccessState.REJECTED])
def test_a_decision_tells_who_asked(cast, gated, state):
    request_access(actor=cast.stranger.actor, address=gated.address)
    decide_access(actor=cast.owner.actor, address=gated.address, name="stranger", state=state)

    (title,) = titles(cast.stranger)
    assert ("rejected" in title) is (state is AccessState.REJECTED)


def test_a_request_with_automatic_approval_tells_nobody(cast, gated):
    gated.gating = Gating.AUTO
    gated.save()

    request_access(actor=cast.stranger.actor, address=gated.address)

    assert titles(cast.owner) == []


@pytest.mark.parametrize(("state", "words"), [(JobState.SUCCEEDED, "succeeded"), (JobState.FAILED, "failed")])
def test_a_job_that_ended_tells_its_submitter(cast, state, words):
    job, _claim = a_running_job(cast.member, cast.staff)
    job.refresh_from_db()

    change_state(job, state)

    (title,) = titles(cast.member)
    assert title.endswith(words)
    assert titles(cast.owner) == []


def test_a_cancelled_job_tells_nobody(cast):
    change_state(a_job(cast.member), JobState.CANCELLED)

    assert titles(cast.member) == []
