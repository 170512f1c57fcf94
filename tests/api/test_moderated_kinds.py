"""The same for every kind of content that apps declare: hold, review, report, remove, restore."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.core import mail
from django.test import Client

from apps.community.feedback.models import Board
from apps.community.feedback.services import changelog
from apps.community.forum.models import Category
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
from apps.registry.repos.models import Repo
from tests.api.feedback_makers import a_board, a_review, an_idea
from tests.forum_makers import a_category, a_topic
from tests.makers import Cast, Person, a_person, a_repo
from tests.sample.conversations import NoteComments
from tests.sample.models import Note
from tests.sample.services import create_note, thread_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_store")]
WORD, TEXT = "kumquat", "kumquat harvest"
LINKS = " ".join(f"https://shop.example/{number}" for number in range(4))
OPEN, TRAP = Facts(), Facts(honeypot="x")


@dataclass(frozen=True, slots=True)
class Sample:
    """How content is written, and where everybody can see it.

    kind    name of its ModeratedKind
    target  takes the cast; returns what one watches in order to be told of it
    write   takes the cast, the author, a text and facts; returns the key
    places  takes the key; returns paths of pages, feeds and results that show it

    is_announced  whether those who watch are told
    """

    kind: str
    target: Callable[[Cast], str]
    write: Callable[[Cast, Person, str, Facts], str]
    places: Callable[[str], list[str]]
    is_announced: bool = True


def thread_for(cast: Cast) -> Thread:
    note, _is_new = Note.objects.get_or_create(namespace=cast.owner.user.namespace, title="Shopping")
    return thread_of(note)


def target_of_thread(cast: Cast) -> str:
    return NoteComments().targets(thread_for(cast))[0]


def write_post(cast: Cast, author: Person, text: str, facts: Facts) -> str:
    return add_post(actor=author.actor, thread_id=thread_for(cast).pk, source=text, facts=facts).public_id


def post_places(key: str) -> list[str]:
    thread = Post.objects.get(public_id=key).thread
    return [
        thread.note.get_absolute_url(),
        f"/api/v1/threads/{thread.public_id}/posts",
    ]


def write_note(cast: Cast, author: Person, text: str, facts: Facts) -> str:
    return str(create_note(actor=author.actor, title=text, facts=facts).pk)


def note_places(key: str) -> list[str]:
    lists = ["/notes", "/api/v1/notes", "/feeds/notes.atom", "/stranger", "/search?q=harvest&type=note"]
    return [f"/notes/{key}", f"/api/v1/notes/{key}", *lists]


def general(cast: Cast) -> Category:
    return Category.objects.first() or a_category(cast)


def write_topic(cast: Cast, author: Person, text: str, facts: Facts) -> str:
    return a_topic(author, general(cast), text, source=text, facts=facts).first_post.public_id


def topic_places(key: str) -> list[str]:
    topic = Post.objects.get(public_id=key).thread.topic
    feeds = [f"/feeds/forum{rest}" for rest in (".atom", ".json", f"/{topic.public_id}.atom")]
    pages = ["/forum", "/forum/c/general", topic.get_absolute_url(), "/search?q=harvest&type=topic"]
    return [*pages, *feeds, "/api/v1/forum/topics", "/forum/latest.json", "/forum/search?q=harvest"]


def board_of(cast: Cast) -> Board:
    return Board.objects.first() or a_board(cast.staff)


def write_idea(cast: Cast, author: Person, text: str, facts: Facts) -> str:
    idea = an_idea(author, board_of(cast), text, text, facts=facts)
    return idea.thread.posts.get().public_id


def idea_places(key: str) -> list[str]:
    idea = Post.objects.get(public_id=key).thread.idea
    board = idea.board.get_absolute_url()
    feeds = ["/feeds/ideas.atom", "/feeds/ideas.json", f"{board}/feeds/ideas.atom"]
    return [board, idea.get_absolute_url(), "/search?q=harvest&type=idea", "/api/v1/feedback/ideas", *feeds]


def model_of(cast: Cast) -> Repo:
    return Repo.objects.first() or a_repo(cast.owner)


def write_a_review(cast: Cast, author: Person, text: str, facts: Facts) -> str:
    return a_review(author, model_of(cast), source=text, facts=facts).thread.posts.get().public_id


def review_places(key: str) -> list[str]:
    review = Post.objects.get(public_id=key).thread.review
    name = str(review.repo.address.id)
    return [review.get_absolute_url(), f"/{name}/community", f"/api/v1/repos/model/{name}/reviews"]


def write_board(cast: Cast, author: Person, text: str, facts: Facts) -> str:
    return a_board(author, text, namespace="stranger", about=text, facts=facts).slug


def board_places(key: str) -> list[str]:
    return ["/feedback", f"/feedback/boards/{key}", "/api/v1/feedback/boards"]


def news_of(cast: Cast) -> Board:
    return Board.objects.filter(slug="news").first() or a_board(
        cast.stranger, "News", namespace="stranger", slug="news"
    )


def write_entry(cast: Cast, author: Person, text: str, facts: Facts) -> str:
    """Write an entry, which takes no facts; links hold it."""
    source = f"{text} {LINKS}" if facts.honeypot else text
    board = news_of(cast).slug
    entry = changelog.create_entry(actor=author.actor, board_slug=board, title=text, source=source)
    return changelog.publish_entry(actor=author.actor, key=entry.key).key


def entry_places(key: str) -> list[str]:
    feeds = ["/feeds/changelog.atom", "/feeds/changelog.json"]
    return [
        f"/feedback/changelog/{key}",
        "/feedback/boards/news/changelog",
        "/api/v1/feedback/changelog",
        *feeds,
    ]


# by name; a topic, an idea and a review are as visible as their first posts
SAMPLES = {
    "comment": Sample("post", target_of_thread, write_post, post_places),
    "note": Sample("note", lambda cast: "notes:stranger", write_note, note_places),
    "topic": Sample("post", lambda cast: f"category:{general(cast).pk}", write_topic, topic_places),
    "idea": Sample("post", lambda cast: board_of(cast).target, write_idea, idea_places),
    "review": Sample("post", lambda cast: f"repo:{model_of(cast).pk}", write_a_review, review_places),
    "board": Sample("board", lambda cast: "notes:stranger", write_board, board_places, is_announced=False),
    "entry": Sample("changelog", lambda cast: news_of(cast).target, write_entry, entry_places),
}
ONE_FOR_EACH_PERSON = ("review",)
# is never held, and hiding one is quarantine: tests/api/test_package_pages.py
NEVER_HELD = {"project"}


@dataclass(frozen=True, slots=True)
class Stage:
    """Content of one sample, by `stranger`."""

    name: str
    cast: Cast

    @property
    def kind(self) -> str:
        return SAMPLES[self.name].kind

    @property
    def once(self) -> int:
        """Of how many things the watcher is told when it is published."""
        return int(SAMPLES[self.name].is_announced)

    def write(self, text: str = TEXT, facts: Facts = OPEN) -> str:
        """Write content; return its name for moderation."""
        return name_of(self.kind, SAMPLES[self.name].write(self.cast, self.cast.stranger, text, facts))

    def hold(self, text: str = TEXT) -> str:
        return self.write(text, TRAP)

    def shown(self, content: str) -> set[bool]:
        """Return in how many of its places everybody sees it: {True} in all, {False} in none."""
        paths = SAMPLES[self.name].places(content.partition(":")[2])
        return {WORD in Client().get(path).content.decode() for path in paths}

    def decide(self, content: str, act: Act, statement: str = "Advertising.") -> None:
        decide(
            actor=self.cast.staff.actor, public_id=item_of(content).public_id, act=act, statement=statement
        )

    def deliver(self) -> int:
        """Let the light worker do its work; return of how many things the watcher was told."""
        for event in delivery.unfinished_events():
            delivery.deliver_event(event.pk)
        mailing.send_due_mail()
        rows = Notification.objects.filter(user=self.cast.member.user, event__withdrawn_at=None)
        assert len(self.mails()) <= Notification.objects.filter(user=self.cast.member.user).count()
        return rows.count()

    def mails(self) -> list[str]:
        return [letter.subject for letter in mail.outbox if letter.to == ["member@example.com"]]


@pytest.fixture(params=SAMPLES)
def stage(request, cast) -> Stage:
    target = SAMPLES[request.param].target(cast)
    cast.member.user.emailaddress_set.update(verified=True)
    Subscription.objects.create(user=cast.member.user, target=target, level=Level.WATCH)
    return Stage(request.param, cast)


def item_of(content: str) -> ReviewItem:
    return ReviewItem.objects.filter(content=content).latest("pk")


def state_of(content: str) -> str:
    return item_of(content).state


def test_every_kind_that_is_declared_is_played():
    assert {sample.kind for sample in SAMPLES.values()} == set(moderated_kinds()) - NEVER_HELD


def test_what_is_published_is_seen_everywhere_and_told(stage):
    assert stage.shown(stage.write()) == {True}
    assert stage.deliver() == stage.once


def test_what_is_held_reaches_nobody_until_it_is_approved(stage):
    content = stage.hold()

    assert (stage.shown(content), stage.deliver(), stage.mails()) == ({False}, 0, [])
    assert moderated_kinds()[stage.kind].of_author(stage.cast.stranger.user.pk) == []

    stage.decide(content, Act.APPROVE)
    assert (stage.shown(content), stage.deliver()) == ({True}, stage.once)


def test_an_approval_can_trust_the_author_and_be_undone(stage):
    content = stage.hold()

    stage.decide(content, Act.APPROVE_AND_TRUST)
    assert Trust.objects.get(user=stage.cast.stranger.user).level == TrustLevel.BASIC

    undo(actor=stage.cast.staff.actor, public_id=item_of(content).public_id)
    assert Trust.objects.get(user=stage.cast.stranger.user).level == TrustLevel.NEW
    assert (stage.shown(content), stage.deliver(), state_of(content)) == ({False}, 0, ReviewState.OPEN)


def test_a_decline_gives_its_reasons_and_hides_it_for_good(stage):
    content = stage.hold()

    with pytest.raises(errors.ReasonRequired):
        stage.decide(content, Act.DECLINE, "")
    stage.decide(content, Act.DECLINE)

    assert (stage.shown(content), stage.deliver()) == ({False}, 0)
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


@pytest.mark.parametrize("stage", sorted(SAMPLES.keys() - ONE_FOR_EACH_PERSON), indirect=True)
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
    assert (stage.shown(content), stage.deliver()) == ({False}, 0)

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
    published = stage.write()
    held = stage.hold(f"{WORD} again") if stage.name not in ONE_FOR_EACH_PERSON else ""
    user_id = stage.cast.stranger.user.pk

    removal = remove_content_of(actor=stage.cast.staff.actor, user_id=user_id, reason="A flood.")
    continue_removals()
    assert (stage.shown(published), stage.deliver()) == ({False}, 0)
    assert not held or state_of(held) == ReviewState.REMOVED

    undo_removal(actor=stage.cast.staff.actor, public_id=removal.public_id)
    continue_removals()
    assert stage.shown(published) == {True}
    assert not held or state_of(held) == ReviewState.OPEN
    assert stage.deliver() == stage.once


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
