"""Topics that wait for a moderator, and who hears of topics."""

import json
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client

from apps.community.forum.models import Category, Tag, Topic
from apps.community.forum.selectors import similar_topics, topics_for
from apps.community.forum.services import topics
from apps.core.conversations.models import Post, PostState
from apps.core.conversations.services import posts
from apps.core.moderation.errors import NewAccountLimit
from apps.core.moderation.models import Act, Assessment, ReviewItem, SwitchMode
from apps.core.moderation.services import Facts, decide
from apps.core.moderation.services.emergency import turn_on
from apps.core.notifications.models import Event, Level, Notification, Reason
from apps.core.notifications.providers import target_places
from apps.core.notifications.services import delivery
from apps.core.notifications.services.subscriptions import set_level
from tests.forum_makers import a_category, a_private_category, a_reply, a_topic

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_store")]
SPAM = Facts(starts_thread=True, honeypot="x")
WORDS = "Buy kettles at once"


@pytest.fixture
def general(cast) -> Category:
    return a_category(cast)


@pytest.fixture
def held(cast, general) -> Topic:
    topic = a_topic(cast.stranger, general, WORDS, source=f"{WORDS} @member", tags=["kettles"], facts=SPAM)
    assert topic.first_post.state == PostState.HELD
    return topic


def decide_on(cast, post: Post, act: Act) -> None:
    item = ReviewItem.objects.get(content=f"post:{post.public_id}")
    decide(actor=cast.staff.actor, public_id=item.public_id, act=act, statement="Advertising.")


def notified() -> dict[str, str]:
    """Return who was told of a post, and why."""
    for event in delivery.unfinished_events():
        delivery.deliver_event(event.pk)
    rows = Notification.objects.filter(event__kind="post").select_related("user")
    return {one.user.username: one.reason for one in rows}


def text_of(path: str) -> str:
    return Client().get(path).content.decode()


# topics that wait


def test_a_held_topic_reaches_nobody_until_it_is_approved(cast, general, held):
    set_level(actor=cast.owner.actor, target=f"category:{general.pk}", level=Level.WATCH)
    pages = ["/forum", "/forum/c/general", "/search?q=kettles", "/forum/search?q=kettles", "/stranger"]
    pages += ["/feeds/forum.atom", "/feeds/forum/people/stranger.json", "/forum/latest.json"]
    pages += [
        "/sitemaps/topics.xml",
        "/api/v1/forum/topics",
        "/forum/similar?title=Buy+kettles",
        "/forum/tags",
    ]

    assert [path for path in pages if str(held.public_id) in text_of(path) or WORDS in text_of(path)] == []
    absent = Client().get(f"/forum/t/{held.slug}/1").status_code
    assert Client().get(held.get_absolute_url()).status_code == absent == 302
    assert Client().get(f"/feeds/forum/{held.public_id}.atom").status_code == 401
    assert (general.topic_count, Tag.objects.get().topic_count) == (0, 0)
    assert (Event.objects.filter(kind="post").count(), len(mail.outbox)) == (0, 0)

    decide_on(cast, held.first_post, Act.APPROVE)

    shown = [path for path in pages if "kettles" in text_of(path)]
    assert shown == pages
    general.refresh_from_db()
    assert (general.topic_count, Tag.objects.get().topic_count) == (1, 1)
    everybody = {"owner": Reason.WATCHING, "member": Reason.MENTION, "stranger": Reason.PERSONAL}
    assert notified() == everybody


def test_a_declined_topic_stays_with_its_author(cast, held):
    decide_on(cast, held.first_post, Act.DECLINE)

    assert list(topics_for(cast.owner.actor)) == []
    assert notified() == {}
    client = Client()
    client.force_login(cast.stranger.user, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(held.get_absolute_url()).status_code == 200


def test_the_author_of_a_held_topic_sees_that_it_waits(cast, held):
    client = Client()
    client.force_login(cast.stranger.user, backend="django.contrib.auth.backends.ModelBackend")

    text = client.get(held.get_absolute_url()).content.decode()

    assert 'data-state="held"' in text
    assert "Not listed" in text


def test_moderation_reads_titles_tags_and_options(cast, general):
    a_topic(cast.stranger, general, "Seen title", source="Seen text", tags=["seen-tag"])

    assert {"seen", "title", "text", "tag"} <= set(Assessment.objects.get().text.split())


def test_a_new_title_can_take_a_topic_back(cast, general):
    topic = a_topic(cast.stranger, general)
    links = " ".join(f"https://{name}.example.org/x" for name in "abcdef")

    edited = topics.edit_topic(actor=cast.stranger.actor, public_id=topic.public_id, title=f"See {links}")

    assert not edited.is_listed
    assert list(topics_for(cast.owner.actor)) == []
    decide_on(cast, edited.first_post, Act.APPROVE)
    assert list(topics_for(cast.owner.actor)) == [topic]
    assert Event.objects.filter(kind="post").count() == 1


def test_new_accounts_start_few_topics_on_their_first_day(cast, general, settings):
    settings.NEW_ACCOUNT_THREADS = 2
    for number in range(2):
        a_topic(cast.stranger, general, f"Topic {number}", source=f"Something else {number}")

    with pytest.raises(NewAccountLimit):
        a_topic(cast.stranger, general, "One more")
    assert Topic.objects.count() == 2


def test_programs_start_no_topics_in_an_emergency(cast, general):
    turn_on(actor=cast.staff.actor, mode=SwitchMode.STAFF, reason="Flood", lasts=timedelta(hours=1))
    body = {"category": "general", "title": "Hello", "text": "There"}

    answer = Client().post(
        "/api/v1/forum/topics", json.dumps(body), "application/json", headers=cast.stranger.headers
    )

    assert (answer.status_code, answer.json()["code"]) == (403, "PostingPaused")
    assert not Topic.objects.exists()


# who hears of topics


@pytest.mark.parametrize("target", ["category:{above}", "category:{place}", "tag:training"])
def test_watchers_of_a_place_hear_of_a_new_topic(cast, general, target):
    place = a_category(cast, "Help", parent=general)
    a_topic(cast.staff, place, tags=["training"])
    name = target.format(above=general.pk, place=place.pk)
    set_level(actor=cast.member.actor, target=name, level=Level.WATCH)

    topic = a_topic(cast.stranger, place, "A new topic", tags=["training"])

    assert notified() == {"member": Reason.WATCHING}
    event = Event.objects.latest("pk")
    assert (event.title, event.path) == ("A new topic", f"{topic.get_absolute_url()}?post=1#post-1")


def test_the_most_specific_level_decides(cast, general):
    a_topic(cast.staff, general, tags=["noise"])
    set_level(actor=cast.member.actor, target=f"category:{general.pk}", level=Level.WATCH)
    set_level(actor=cast.member.actor, target="tag:noise", level=Level.MUTE)

    a_topic(cast.stranger, general, "Much", tags=["noise"], source="@member")

    assert notified() == {}


def test_who_starts_a_topic_hears_of_its_replies(cast, general):
    topic = a_topic(cast.stranger, general)
    assert notified() == {}

    a_reply(cast.owner, topic)

    assert notified() == {"stranger": Reason.WATCHING}


def test_watchers_who_may_not_read_a_topic_are_not_told(cast):
    team = a_private_category(cast)
    topic = a_topic(cast.member, team, tags=["secret"])
    assert set(target_places(cast.member.actor, [f"category:{team.pk}", "tag:secret"])) == {
        f"category:{team.pk}",
        "tag:secret",
    }
    for person in (cast.stranger, cast.anonymous):
        assert target_places(person.actor, [f"category:{team.pk}", "tag:secret", "category:x", "tag:"]) == {}

    posts.add_post(actor=cast.member.actor, thread_id=topic.thread_id, source="@stranger @owner")

    assert notified() == {"owner": Reason.MENTION}


def test_similar_topics_are_found_while_typing(cast, general):
    a_topic(cast.stranger, general, "Quantization loses accuracy")
    a_topic(cast.stranger, general, "如何开始训练模型")

    assert [one.title for one in similar_topics(cast.anonymous.actor, "quantisation accuracy")] == [
        "Quantization loses accuracy"
    ]
    assert [one.title for one in similar_topics(cast.anonymous.actor, "训练模型")] == ["如何开始训练模型"]
