"""The same for every kind of content that apps declare: hold, review, report, remove, restore."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.core import mail
from django.test import Client

from apps.core.conversations.models import Post, Thread
from apps.core.conversations.services.posts import add_post
from apps.core.moderation import errors
from apps.core.moderation.models import (
    Act,
    ReportReason,
    ReportState,
    ReviewItem,
    ReviewState,
    Trust,
    TrustLevel,
)
from apps.core.moderation.providers import moderated_kinds, name_of
from apps.core.moderation.selectors import own_decisions, sanctions_in_force
from apps.core.moderation.services import (
    Facts,
    appeal,
    claim,
    continue_removals,
    decide,
    decide_many,
    remove_content_of,
    report,
    undo,
    undo_removal,
)
from apps.core.notifications.models import Level, Notification, Subscription
from apps.core.notifications.services import delivery
from apps.core.notifications.services import mail as mailing
from tests.makers import Cast, Person, a_person
from tests.sample.conversations import NoteComments
from tests.sample.models import Note
from tests.sample.services import create_note, thread_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_store")]
WORD, TEXT = "kumquat", "kumquat harvest"
OPEN, TRAP = Facts(), Facts(honeypot="x")


@dataclass(frozen=True, slots=True)
class Sample:
    """How a kind of content is written, and where everybody can see it.

    target  takes the cast; returns what one watches in order to be told of it
    write   takes the cast, the author, a text and facts; returns the id
    places  takes the id; returns paths of pages, feeds and results that show it
    """

    target: Callable[[Cast], str]
    write: Callable[[Cast, Person, str, Facts], int]
    places: Callable[[int], list[str]]


def thread_for(cast: Cast) -> Thread:
    note, _is_new = Note.objects.get_or_create(namespace=cast.owner.user.namespace, title="Shopping")
    return thread_of(note)


def write_post(cast: Cast, author: Person, text: str, facts: Facts) -> int:
    return add_post(actor=author.actor, thread_id=thread_for(cast).pk, source=text, facts=facts).pk


def post_places(id: int) -> list[str]:
    thread = Post.objects.get(pk=id).thread
    return [
        thread.note.get_absolute_url(),
        f"/api/v1/threads/{getattr(thread, 'public_id', thread.pk)}/posts",
    ]


def write_note(cast: Cast, author: Person, text: str, facts: Facts) -> int:
    return create_note(actor=author.actor, title=text, facts=facts).pk


def note_places(id: int) -> list[str]:
    lists = ["/notes", "/api/v1/notes", "/feeds/notes.atom", "/stranger", "/search?q=harvest&type=note"]
    return [f"/notes/{id}", f"/api/v1/notes/{id}", *lists]


SAMPLES = {
    "post": Sample(lambda cast: NoteComments().targets(thread_for(cast))[0], write_post, post_places),
    "note": Sample(lambda cast: "notes:stranger", write_note, note_places),
}


@dataclass(frozen=True, slots=True)
class Stage:
    """Content of one kind, by `stranger`."""

    kind: str
    cast: Cast

    def write(self, text: str = TEXT, facts: Facts = OPEN) -> str:
        """Write content; return its name for moderation."""
        return name_of(self.kind, SAMPLES[self.kind].write(self.cast, self.cast.stranger, text, facts))

    def hold(self, text: str = TEXT) -> str:
        return self.write(text, TRAP)

    def shown(self, content: str) -> set[bool]:
        """Return in how many of its places everybody sees it: {True} in all, {False} in none."""
        paths = SAMPLES[self.kind].places(int(content.partition(":")[2]))
        return {WORD in Client().get(path).content.decode() for path in paths}

    def decide(self, content: str, act: Act, statement: str = "Advertising.") -> None:
        decide(
            actor=self.cast.staff.actor, public_id=item_of(content).public_id, act=act, statement=statement
        )

    def told(self) -> int:
        """Let the light worker do its work; return how many people were told, by notification and by mail."""
        for event in delivery.unfinished_events():
            delivery.deliver_event(event.pk)
        mailing.send_due_mail()
        readable = Notification.objects.filter(event__withdrawn_at=None, event__excerpt__contains=WORD)
        readable |= Notification.objects.filter(event__withdrawn_at=None, event__title__contains=WORD)
        assert len(mail.outbox) <= readable.count()
        return readable.count()


@pytest.fixture(params=SAMPLES)
def stage(request, cast) -> Stage:
    target = SAMPLES[request.param].target(cast)
    Subscription.objects.create(user=cast.member.user, target=target, level=Level.WATCH)
    return Stage(request.param, cast)


def item_of(content: str) -> ReviewItem:
    return ReviewItem.objects.filter(content=content).latest("pk")


def state_of(content: str) -> str:
    return item_of(content).state


def test_every_kind_that_is_declared_is_played():
    assert set(SAMPLES) == set(moderated_kinds())


def test_what_is_published_is_seen_everywhere_and_told(stage):
    assert stage.shown(stage.write()) == {True}
    assert stage.told() == 1


def test_what_is_held_reaches_nobody_until_it_is_approved(stage):
    content = stage.hold()

    assert (stage.shown(content), stage.told(), mail.outbox) == ({False}, 0, [])
    assert moderated_kinds()[stage.kind].of_author(stage.cast.stranger.user.pk) == []

    stage.decide(content, Act.APPROVE)
    assert (stage.shown(content), stage.told()) == ({True}, 1)


def test_an_approval_can_trust_the_author_and_be_undone(stage):
    content = stage.hold()

    stage.decide(content, Act.APPROVE_AND_TRUST)
    assert Trust.objects.get(user=stage.cast.stranger.user).level == TrustLevel.BASIC

    undo(actor=stage.cast.staff.actor, public_id=item_of(content).public_id)
    assert Trust.objects.get(user=stage.cast.stranger.user).level == TrustLevel.NEW
    assert (stage.shown(content), stage.told(), state_of(content)) == ({False}, 0, ReviewState.OPEN)


def test_a_decline_gives_its_reasons_and_hides_it_for_good(stage):
    content = stage.hold()

    with pytest.raises(errors.ReasonRequired):
        stage.decide(content, Act.DECLINE, "")
    stage.decide(content, Act.DECLINE)

    assert (stage.shown(content), stage.told()) == ({False}, 0)
    decision = own_decisions(stage.cast.stranger.actor).get()
    assert (decision.act, decision.statement) == (Act.DECLINE, "Advertising.")


def test_a_decline_can_suspend_the_author(stage):
    stage.decide(stage.hold(), Act.DECLINE_AND_BLOCK)

    assert sanctions_in_force(stage.cast.stranger.user.pk).exists()


def test_a_claim_keeps_other_moderators_away(stage):
    content = stage.hold()
    claim(actor=a_moderator("second").actor, public_id=item_of(content).public_id)

    with pytest.raises(errors.ReviewClaimed):
        stage.decide(content, Act.APPROVE)


def test_several_are_decided_at_once(stage):
    contents = [stage.hold(f"{WORD} {number}") for number in range(3)]

    ids = [item_of(content).public_id for content in contents]
    decide_many(actor=stage.cast.staff.actor, public_ids=ids, act=Act.DECLINE, statement="Advertising.")

    assert {state_of(content) for content in contents} == {ReviewState.DECLINED}
    assert [stage.shown(content) for content in contents] == [{False}] * 3


def test_three_reports_hide_it_and_a_restoration_lowers_the_weight_of_the_reporters(stage):
    content = stage.write()
    reporters = [a_trusted_person(f"reporter-{number}") for number in range(3)]

    for person in reporters:
        report(actor=person.actor, content=content, reason=ReportReason.SPAM)
    assert (stage.shown(content), stage.told()) == ({False}, 0)

    stage.decide(content, Act.APPROVE)
    assert stage.shown(content) == {True}
    assert {one.state for one in item_of(content).reports.all()} == {ReportState.REJECTED}
    assert all(Trust.objects.get(user=person.user).accuracy < 1 for person in reporters)


def test_an_appeal_opens_it_again_and_its_approval_shows_it(stage):
    content = stage.hold()
    stage.decide(content, Act.DECLINE)

    appeal(actor=stage.cast.stranger.actor, content=content, note="It is a fruit.")
    assert (item_of(content).note, stage.shown(content)) == ("It is a fruit.", {False})

    stage.decide(content, Act.APPROVE)
    assert stage.shown(content) == {True}


def test_a_removal_of_everything_takes_it_away_and_an_undo_brings_it_back(stage):
    published, held = stage.write(), stage.hold(f"{WORD} again")
    user_id = stage.cast.stranger.user.pk

    removal = remove_content_of(actor=stage.cast.staff.actor, user_id=user_id, reason="A flood.")
    continue_removals()
    assert (stage.shown(published), stage.told(), state_of(held)) == ({False}, 0, ReviewState.REMOVED)

    undo_removal(actor=stage.cast.staff.actor, public_id=removal.public_id)
    continue_removals()
    assert (stage.shown(published), state_of(held)) == ({True}, ReviewState.OPEN)
    assert stage.told() == 1


def test_what_one_cannot_see_one_cannot_report(stage):
    with pytest.raises(errors.ContentNotFound):
        report(actor=stage.cast.member.actor, content=stage.hold(), reason=ReportReason.SPAM)


def test_its_queue_shows_its_text_as_text(stage):
    stage.hold(f"{WORD} <script>alert(1)</script>")
    client = Client()
    client.force_login(stage.cast.staff.user)

    page = client.get(f"/site/reviews?kind={stage.kind}").content.decode()

    assert (WORD in page, "<script>alert" in page) == (True, False)


def a_moderator(name: str) -> Person:
    person = a_person(name)
    person.user.is_staff = True
    person.user.save()
    return person


def a_trusted_person(name: str) -> Person:
    person = a_person(name)
    Trust.objects.create(user=person.user, level=TrustLevel.BASIC)
    return person
