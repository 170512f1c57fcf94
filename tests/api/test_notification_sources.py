"""What else people are told of: invitations, access requests, jobs that ended."""

import re

import pytest

from apps.community.forum.models import Category
from apps.community.forum.services.surgery import merge_topics
from apps.core.conversations.services.reading import mark_read
from apps.core.notifications.models import Notification
from apps.core.notifications.presenters import notification_views
from apps.core.notifications.selectors import Folder, inbox, unread_count
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
from tests.forum_makers import a_category, a_reply, a_topic
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


# posts


def test_a_notification_opens_a_post_that_moved_to_another_topic(client, cast):
    source, target = a_topic(cast.member, a_category(cast)), a_topic(cast.owner, Category.objects.get())
    a_reply(cast.owner, source, "@stranger look")
    deliver_all()

    merge_topics(actor=cast.staff.actor, public_id=source.public_id, into=target.public_id)

    client.force_login(cast.stranger.user)
    (row,) = inbox(cast.stranger.actor)
    page = client.get(f"/notifications/{row.public_id}")["Location"]
    assert page.startswith(target.get_absolute_url())
    assert re.search(r"@stranger(</a>)? look", client.get(page).content.decode())


def test_reading_a_thread_marks_what_was_told_of_it_up_to_there(cast):
    topic = a_topic(cast.member, a_category(cast))
    other = a_topic(cast.member, Category.objects.get())
    numbers = [a_reply(cast.owner, topic, f"@stranger {word}").number for word in ("one", "two", "three")]
    a_reply(cast.owner, other, "@stranger four")
    deliver_all()

    mark_read(actor=cast.stranger.actor, thread_id=topic.thread_id, number=numbers[1])

    unread = inbox(cast.stranger.actor, folder=Folder.UNREAD)
    assert [row.event.excerpt for row in unread] == ["@stranger four", "@stranger three"]
    assert unread_count(cast.member.actor) > 0
