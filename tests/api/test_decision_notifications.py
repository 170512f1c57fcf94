"""Authors hear what moderators decided, with the reasons; reporters hear of the outcome."""

import pytest

from apps.core.conversations.models import Post, Thread
from apps.core.conversations.services import posts
from apps.core.moderation.models import Act, Block, ReportReason, ReviewItem, SanctionKind
from apps.core.moderation.services.queue import decide, undo
from apps.core.moderation.services.reports import report
from apps.core.moderation.services.rules import Facts
from apps.core.moderation.services.sanctions import lift_sanction, sanction
from apps.core.notifications.models import Event
from apps.core.notifications.presenters import notification_views
from apps.core.notifications.selectors import inbox
from apps.core.notifications.services import delivery
from tests.sample.models import Note
from tests.sample.services import thread_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_store")]
SPAM, OK = "Advertising.", ""


@pytest.fixture
def thread(cast) -> Thread:
    return thread_of(Note.objects.create(namespace=cast.owner.user.namespace, title="Shopping"))


def write(person, thread, source="Hello", **facts) -> Post:
    return posts.add_post(actor=person.actor, thread_id=thread.pk, source=source, facts=Facts(**facts))


def decide_on(person, post, act, statement=SPAM):
    item = ReviewItem.objects.filter(content=f"post:{post.public_id}").latest("pk")
    decide(actor=person.actor, public_id=item.public_id, act=act, statement=statement)
    return item


def report_by(person, post):
    return report(actor=person.actor, content=f"post:{post.public_id}", reason=ReportReason.SPAM)


def news_of(person, kind="") -> list[tuple[str, str]]:
    """Return the title and the text of what the person is told, the oldest first."""
    for event in delivery.unfinished_events():
        delivery.deliver_event(event.pk)
    rows = list(inbox(person.actor, kind=kind).order_by("pk"))
    return [(view.title, view.excerpt) for view in notification_views(person.actor, rows)]


@pytest.mark.parametrize(
    ("act", "statement", "news"),
    [
        (Act.APPROVE, OK, ("Approved: Shopping", "")),
        (Act.DECLINE, SPAM, ("Declined by a moderator: Shopping", SPAM)),
        (
            Act.DECLINE_AND_BLOCK,
            SPAM,
            ("Declined by a moderator, and your account is suspended: Shopping", SPAM),
        ),
    ],
)
def test_the_author_of_held_content_is_told_with_the_reasons(cast, thread, act, statement, news):
    post = write(cast.stranger, thread, honeypot="x")

    decide_on(cast.staff, post, act, statement)

    assert news_of(cast.stranger, "decision") == [news]


def test_reporters_are_told_once_decided_and_not_who_decided(cast, thread):
    post = write(cast.stranger, thread)
    report_by(cast.member, post)
    assert news_of(cast.member, "report") == []

    decide_on(cast.staff, post, Act.DECLINE)

    assert news_of(cast.member, "report") == [("Removed after your report: Shopping", "")]
    assert set(Event.objects.filter(kind__in=["decision", "report"]).values_list("actor", flat=True)) == {
        None
    }


def test_an_author_does_not_hear_of_a_report_that_was_rejected(cast, thread):
    post = write(cast.stranger, thread)
    report_by(cast.member, post)

    decide_on(cast.staff, post, Act.APPROVE)

    assert news_of(cast.member, "report") == [("Reviewed, and kept: Shopping", "")]
    assert news_of(cast.stranger, "decision") == []


def test_an_undone_decision_leaves_the_inboxes(cast, thread):
    post = write(cast.stranger, thread)
    report_by(cast.member, post)
    item = decide_on(cast.staff, post, Act.DECLINE)
    assert len(news_of(cast.stranger, "decision")) == 1

    undo(actor=cast.staff.actor, public_id=item.public_id)

    assert (news_of(cast.stranger, "decision"), news_of(cast.member, "report")) == ([], [])
    decide_on(cast.staff, post, Act.APPROVE)
    assert news_of(cast.member, "report") == [("Reviewed, and kept: Shopping", "")]


def test_a_person_is_told_of_a_sanction_and_of_its_end(cast):
    made = sanction(
        actor=cast.staff.actor, user_id=cast.stranger.user.pk, kind=SanctionKind.SILENCE, reason=SPAM
    )
    lift_sanction(actor=cast.staff.actor, public_id=made.public_id, reason="Talked to them.")

    assert [text for _title, text in news_of(cast.stranger)] == [SPAM, "Talked to them."]


def test_nobody_hears_of_an_author_whom_they_block(cast, thread):
    Block.objects.create(person=cast.member.user, blocked=cast.stranger.user)

    write(cast.stranger, thread, "@member @owner look")

    assert (len(news_of(cast.member)), len(news_of(cast.owner))) == (0, 1)
