"""Notifications: who is told of what, once each, played on the notes of the sample app."""

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.core.conversations.models import Post
from apps.core.conversations.notifications import MENTIONS_LIMIT
from apps.core.conversations.services import posts
from apps.core.errors import Unauthenticated, ValidationFailed
from apps.core.notifications.errors import NotificationNotFound, TargetNotFound, TooManySubscriptions
from apps.core.notifications.models import (
    DigestPeriod,
    Event,
    Level,
    MailMode,
    Notification,
    Reason,
    Subscription,
)
from apps.core.notifications.providers import readable_events
from apps.core.notifications.selectors import (
    Folder,
    inbox,
    level_of,
    mail_choices_of,
    notification_for,
    preferences_of,
    unread_count,
    unread_counts,
)
from apps.core.notifications.services import (
    announce,
    delivery,
    preferences,
    subscriptions,
    update_event,
    withdraw,
)
from apps.core.notifications.services import inbox as acts
from apps.core.queue import Queue
from apps.users.accounts.models import Namespace, User
from tests.sample.apps import SampleConfig
from tests.sample.models import Note
from tests.sample.notifications import NewNotes, announce_note
from tests.sample.services import thread_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def note(cast) -> Note:
    return Note.objects.create(namespace=cast.owner.user.namespace, title="Shopping", text="Milk")


def subscribe(person, target, level=Level.WATCH) -> None:
    Subscription.objects.create(user=person.user, target=target, level=level)


def tell(note, **options) -> Event:
    """Announce with the sample app's targets, unless others are given, and deliver."""
    facts = {"kind": "note", "source": f"note:{note.pk}", "title": note.title, "path": "/", "actor": None}
    event = announce(**{**facts, "targets": [f"note:{note.pk}", "notes:owner"], **options})
    delivery.deliver_event(event.pk)
    event.refresh_from_db()
    return event


def notified() -> dict[str, str]:
    rows = Notification.objects.order_by("user__username")
    return dict(rows.values_list("user__username", "reason"))


# who is told


def test_who_watches_is_notified(cast, note):
    subscribe(cast.stranger, "notes:owner")

    event = tell(note)

    assert notified() == {"stranger": Reason.WATCHING}
    assert event.finished_at is not None


@pytest.mark.parametrize("level", [Level.TRACK, Level.NORMAL, Level.MUTE])
def test_other_levels_are_not_told_of_everything(cast, note, level):
    subscribe(cast.stranger, "notes:owner", level)

    tell(note)

    assert notified() == {}


@pytest.mark.parametrize("level", [Level.TRACK, Level.NORMAL, Level.WATCH])
def test_a_mention_reaches_every_level_but_mute(cast, note, level):
    subscribe(cast.stranger, "notes:owner", level)
    subscribe(cast.member, "notes:owner", Level.MUTE)

    tell(note, direct={cast.stranger.user.pk: Reason.MENTION, cast.member.user.pk: Reason.MENTION})

    assert notified() == {"stranger": Reason.MENTION}


@pytest.mark.parametrize(
    ("specific", "general", "is_notified"),
    [
        (Level.MUTE, Level.WATCH, False),
        (Level.NORMAL, Level.WATCH, False),
        (Level.WATCH, Level.MUTE, True),
        (Level.TRACK, Level.WATCH, False),
    ],
)
def test_the_most_specific_target_decides(cast, note, specific, general, is_notified):
    subscribe(cast.stranger, "notes:owner", general)
    subscribe(cast.stranger, f"note:{note.pk}", specific)

    tell(note)

    assert bool(notified()) is is_notified


def test_nobody_is_notified_of_their_own_act(cast, note):
    subscribe(cast.owner, "notes:owner")

    tell(note, actor=cast.owner.user.pk, direct={cast.owner.user.pk: Reason.MENTION})

    assert notified() == {}


def test_who_may_not_read_it_is_not_told(cast):
    note = Note.objects.create(namespace=cast.organization, title="Mine", is_public=False)
    for person in (cast.member, cast.stranger):
        subscribe(person, "notes:grove")

    tell(note, targets=["notes:grove"], direct={cast.staff.user.pk: Reason.MENTION})

    assert notified() == {"member": Reason.WATCHING}


def test_an_inactive_or_deleted_person_is_not_told(cast, note):
    User.objects.filter(pk=cast.stranger.user.pk).update(is_active=False)

    tell(note, direct={cast.stranger.user.pk: Reason.PERSONAL, 10**9: Reason.PERSONAL})

    assert notified() == {}


def test_a_blocked_author_is_not_heard(cast, note, monkeypatch):
    blocks = {cast.owner.user.pk: {cast.stranger.user.pk}}
    declare(monkeypatch, block_lists=[lambda author, people: blocks[author] & set(people)])
    for person in (cast.stranger, cast.member):
        subscribe(person, "notes:owner")

    tell(note, actor=cast.owner.user.pk)

    assert notified() == {"member": Reason.WATCHING}


def test_a_new_note_announces_itself(client, cast, django_capture_on_commit_callbacks, monkeypatch):
    sent = []
    monkeypatch.setattr("apps.core.queue.send", lambda task, *ids, queue=Queue.LIGHT: sent.append(task))
    subscribe(cast.stranger, "notes:owner")
    with django_capture_on_commit_callbacks(execute=True):
        note = Note.objects.create(namespace=cast.owner.user.namespace, title="New")
        event = announce_note(note, cast.owner.user.pk)

    assert sent == ["light.deliver_event"]
    assert delivery.deliver_event(event.pk) == 1


# once each


def many_watchers(count, target) -> list[int]:
    names = [f"watcher{number}" for number in range(count)]
    spaces = Namespace.objects.bulk_create(Namespace(name=name, key=name) for name in names)
    password = make_password(None)
    people = User.objects.bulk_create(
        User(username=space.name, namespace=space, password=password) for space in spaces
    )
    Subscription.objects.bulk_create(
        Subscription(user=user, target=target, level=Level.WATCH) for user in people
    )
    return [user.pk for user in people]


def test_ten_thousand_watchers_cost_their_author_nothing_and_are_told_once(cast, note):
    people = many_watchers(10_000, "notes:owner")

    with CaptureQueriesContext(
        connection,
    ) as on_authors_time:
        event = announce_note(note, cast.owner.user.pk)
    with CaptureQueriesContext(connection) as by_the_worker:
        assert delivery.deliver_event(event.pk) == 10_000

    assert len(on_authors_time) <= 6
    assert len(by_the_worker) <= 15 * (10_000 // delivery.BATCH + 2)
    assert set(Notification.objects.values_list("user_id", flat=True)) == set(people)


def test_a_worker_that_dies_in_a_batch_tells_each_once(cast, note, monkeypatch):
    people = many_watchers(1_700, "notes:owner")
    event = announce_note(note, cast.owner.user.pk)
    readers, calls = NewNotes.readers, []

    def dying(self, event, user_ids):
        calls.append(len(user_ids))
        if len(calls) == 3:
            raise KeyboardInterrupt
        return readers(self, event, user_ids)

    monkeypatch.setattr(NewNotes, "readers", dying)
    with pytest.raises(KeyboardInterrupt):
        delivery.deliver_event(event.pk)
    assert Notification.objects.count() == 2 * delivery.BATCH

    Event.objects.update(created_at=timezone.now() - delivery.RESUMED_AFTER)
    assert delivery.resume_events() == 700
    assert delivery.resume_events() == 0
    assert sorted(Notification.objects.values_list("user_id", flat=True)) == sorted(people)


def test_several_targets_in_several_batches_tell_each_once(cast, note, monkeypatch):
    monkeypatch.setattr(delivery, "BATCH", 3)
    people = many_watchers(8, "notes:owner")
    for user_id in people[::2]:
        Subscription.objects.create(user_id=user_id, target=f"note:{note.pk}", level=Level.WATCH)

    tell(note, direct=dict.fromkeys(people[::3], Reason.MENTION))

    assert sorted(Notification.objects.values_list("user_id", flat=True)) == sorted(people)
    assert Notification.objects.filter(reason=Reason.MENTION).count() == 3


def test_a_new_event_is_left_to_its_task(cast, note):
    subscribe(cast.stranger, "notes:owner")
    announce_note(note, None)

    assert delivery.resume_events() == 0


def test_announcing_twice_is_one_event(cast, note):
    subscribe(cast.stranger, "notes:owner")

    first, second = tell(note), tell(note)

    assert first == second
    assert Notification.objects.count() == 1


def test_an_event_of_an_unknown_kind_is_a_fault(cast, note):
    with pytest.raises(LookupError):
        tell(note, kind="nothing")


# withdrawing


def test_a_withdrawn_event_tells_nobody(cast, note):
    subscribe(cast.stranger, "notes:owner")
    event = announce_note(note, None)
    withdraw("note", f"note:{note.pk}")

    assert delivery.deliver_event(event.pk) == 0
    assert notified() == {}


def test_a_withdrawn_event_leaves_inboxes_and_comes_back(cast, note):
    subscribe(cast.stranger, "notes:owner")
    tell(note)

    withdraw("note", f"note:{note.pk}")
    assert (inbox(cast.stranger.actor).count(), unread_count(cast.stranger.actor)) == (0, 0)

    tell(note)
    assert (inbox(cast.stranger.actor).count(), unread_count(cast.stranger.actor)) == (1, 1)


def test_an_edit_before_people_read_is_what_they_read(cast, note):
    subscribe(cast.stranger, "notes:owner")
    tell(note, excerpt="The password is x")

    update_event(kind="note", source=f"note:{note.pk}", title="List", excerpt="Milk")

    row = inbox(cast.stranger.actor).get()
    assert (row.event.title, row.event.excerpt) == ("List", "Milk")


# posts


@pytest.fixture
def thread(note):
    return thread_of(note)


def write(person, thread, source="Hello", **options) -> Post:
    post = posts.add_post(actor=person.actor, thread_id=thread.pk, source=source, **options)
    deliver_all()
    return post


def deliver_all() -> None:
    for event in delivery.unfinished_events():
        delivery.deliver_event(event.pk)


def test_who_wrote_in_a_thread_hears_of_the_next_posts(cast, thread):
    write(cast.stranger, thread, "**First** &amp; foremost")
    assert notified() == {}

    post = write(cast.member, thread, "Second")

    assert notified() == {"stranger": Reason.WATCHING}
    event = inbox(cast.stranger.actor).get().event
    assert (event.title, event.excerpt) == ("Shopping", "Second")
    assert event.path == f"/notes/{thread.note.pk}?post={post.number}#post-{post.number}"
    assert Event.objects.order_by("pk")[0].excerpt == "First & foremost"


def test_a_post_tells_whom_it_mentions_and_answers(cast, thread):
    first = write(cast.stranger, thread)
    Subscription.objects.all().delete()

    write(cast.member, thread, "@Owner and @grove and @member: yes", reply_to=first.pk)

    assert notified() == {"owner": Reason.MENTION, "stranger": Reason.REPLY}


def test_a_flood_of_mentions_tells_few(cast, thread):
    many_watchers(40, "none")

    write(cast.member, thread, " ".join(f"@watcher{number}" for number in range(40)))

    assert Notification.objects.count() == MENTIONS_LIMIT


def test_a_private_thread_tells_its_readers_alone(cast):
    note = Note.objects.create(namespace=cast.organization, title="Mine", is_public=False)

    write(cast.owner, thread_of(note), "@member and @stranger")

    assert notified() == {"member": Reason.MENTION}


def test_a_held_post_tells_nobody_until_it_is_approved(cast, thread):
    post = write(cast.stranger, thread, "@member", is_held=True)
    assert (Event.objects.count(), Subscription.objects.count()) == (0, 0)

    posts.approve_post(actor=cast.staff.actor, post_id=post.pk)
    deliver_all()

    assert notified() == {"member": Reason.MENTION, "stranger": Reason.PERSONAL}


def test_a_declined_post_tells_its_author_alone(cast, thread):
    post = write(cast.stranger, thread, "@member", is_held=True)

    posts.hide_post(actor=cast.staff.actor, post_id=post.pk)
    deliver_all()

    assert notified() == {"stranger": Reason.PERSONAL}


def test_a_hidden_post_leaves_inboxes_until_it_is_shown(cast, thread):
    post = write(cast.stranger, thread, "@member")
    member = cast.member.actor

    posts.hide_post(actor=cast.staff.actor, post_id=post.pk)
    assert unread_count(member) == 0

    posts.show_post(actor=cast.staff.actor, post_id=post.pk)
    deliver_all()
    assert unread_count(member) == 1


def test_a_post_hidden_in_time_is_notified_to_nobody(cast, thread):
    actor = cast.stranger.actor
    post = posts.add_post(actor=actor, thread_id=thread.pk, source="@member")
    posts.delete_post(actor=actor, post_id=post.pk)
    deliver_all()

    assert notified() == {}


def test_an_edited_post_is_read_as_it_is_now(cast, thread):
    post = write(cast.stranger, thread, "@member my password is x")
    posts.edit_post(actor=cast.stranger.actor, post_id=post.pk, source="@member hello", revision=1)

    assert inbox(cast.member.actor).get().event.excerpt == "@member hello"


def test_imported_posts_tell_nobody(cast, thread):
    posts.write_post(thread, cast.stranger.user.pk, "@member", is_silent=True)

    assert Event.objects.count() == 0


def test_a_thread_that_one_may_read_can_be_muted(cast, thread):
    subscriptions.set_level(actor=cast.member.actor, target=thread.target, level=Level.MUTE)

    write(cast.stranger, thread, "@member")

    assert notified() == {}


@pytest.mark.parametrize("key", ["0", "x", "9" * 30, "١", "-1"])
def test_a_thread_that_one_may_not_read_cannot_be_watched(cast, key):
    hidden = thread_of(Note.objects.create(namespace=cast.owner.user.namespace, title="A", is_public=False))

    for target in (hidden.target, f"thread:{key}"):
        with pytest.raises(TargetNotFound):
            subscriptions.set_level(actor=cast.stranger.actor, target=target, level=Level.WATCH)


# subscriptions


def test_a_level_is_set_changed_and_cleared(cast):
    actor = cast.stranger.actor
    subscriptions.set_level(actor=actor, target="notes:owner", level=Level.WATCH)
    subscriptions.set_level(actor=actor, target="notes:owner", level=Level.MUTE)
    assert level_of(actor.user_id, "notes:owner") == Level.MUTE

    subscriptions.clear_level(actor=actor, target="notes:owner")
    assert level_of(actor.user_id, "note:1", "notes:owner") == Level.NORMAL


@pytest.mark.parametrize(
    "target", ["notes:nobody", "nothing:1", "notes", "", "notes:\0", "notes:" + "x" * 300]
)
def test_only_what_exists_can_be_subscribed_to(cast, target):
    with pytest.raises(TargetNotFound):
        subscriptions.set_level(actor=cast.stranger.actor, target=target, level=Level.WATCH)


def test_anonymous_visitors_subscribe_to_nothing(cast):
    with pytest.raises(Unauthenticated):
        subscriptions.set_level(actor=cast.anonymous.actor, target="notes:owner", level=Level.WATCH)


def test_subscriptions_are_limited(cast, monkeypatch):
    monkeypatch.setattr(subscriptions, "SUBSCRIPTIONS_LIMIT", 1)
    for level in (Level.WATCH, Level.MUTE):
        subscriptions.set_level(actor=cast.stranger.actor, target="notes:owner", level=level)

    with pytest.raises(TooManySubscriptions):
        subscriptions.set_level(actor=cast.stranger.actor, target="notes:member", level=Level.WATCH)


def test_what_people_write_in_is_watched_unless_they_chose_otherwise(cast):
    subscribe(cast.member, "notes:owner", Level.MUTE)
    preferences.update_preferences(actor=cast.stranger.actor, watches_own=False)

    for person in (cast.owner, cast.member, cast.stranger):
        subscriptions.watch_own(person.user.pk, "notes:owner")

    rows = Subscription.objects.filter(target="notes:owner").values_list("user__username", "level")
    assert dict(rows) == {"owner": Level.WATCH, "member": Level.MUTE}


# the inbox


@pytest.fixture
def three(cast, note) -> list[Notification]:
    for number in range(3):
        tell(note, source=f"note:{note.pk}{number}", direct={cast.stranger.user.pk: Reason.PERSONAL})
    # the sample app has one note alone; the inbox does not ask it
    return list(Notification.objects.order_by("pk"))


@pytest.fixture(autouse=True)
def _everybody_reads(request, monkeypatch):
    if "three" in request.fixturenames:
        monkeypatch.setattr(NewNotes, "readers", lambda self, event, user_ids: user_ids)


def test_the_inbox_is_marked_archived_and_cleared(cast, three):
    actor = cast.stranger.actor
    first, second, third = (row.public_id for row in three)

    acts.mark(actor=actor, public_ids=[first], is_read=True)
    acts.mark(actor=actor, public_ids=[second], is_archived=True)

    assert [row.public_id for row in inbox(actor)] == [third, first]
    assert [row.public_id for row in inbox(actor, folder=Folder.UNREAD)] == [third]
    assert [row.public_id for row in inbox(actor, folder=Folder.ARCHIVED)] == [second]
    assert unread_counts(actor) == {"note": 1}

    acts.mark(actor=actor, public_ids=[first, second], is_read=False, is_archived=False)
    assert unread_count(actor) == 3
    assert acts.mark_all_read(actor=actor, kind="note") == 3
    assert unread_count(actor) == 0


def test_nobody_reads_or_marks_the_notifications_of_others(cast, three):
    row = three[0]

    assert acts.mark(actor=cast.member.actor, public_ids=[row.public_id], is_read=True) == 0
    assert acts.mark_all_read(actor=cast.member.actor) == 0
    with pytest.raises(NotificationNotFound):
        notification_for(cast.member.actor, row.public_id)
    with pytest.raises(Unauthenticated):
        acts.mark_all_read(actor=cast.anonymous.actor)
    assert inbox(cast.anonymous.actor).count() == 0
    assert unread_count(cast.stranger.actor) == 3


def test_reading_the_source_marks_it(cast, three):
    acts.mark_source_read(
        actor=cast.stranger.actor, kind="note", sources=[three[0].event.source, three[2].event.source]
    )

    assert [row.pk for row in inbox(cast.stranger.actor, folder=Folder.UNREAD)] == [three[1].pk]


def test_the_text_of_what_one_may_no_longer_read_is_not_readable(cast, note):
    event = tell(note, direct={cast.stranger.user.pk: Reason.PERSONAL})
    assert readable_events(cast.stranger.actor, [event]) == {event.pk}

    Note.objects.update(is_public=False)

    assert readable_events(cast.stranger.actor, [event]) == set()
    assert readable_events(cast.owner.actor, [event]) == {event.pk}


def test_old_events_are_deleted_with_their_notifications(cast, note):
    old = tell(note, direct={cast.stranger.user.pk: Reason.PERSONAL})
    Event.objects.filter(pk=old.pk).update(finished_at=timezone.now() - delivery.KEPT)

    assert delivery.sweep_events() == 2
    assert Notification.objects.count() == 0


# mail choices


def test_people_choose_mail_by_kind(cast, note):
    actor = cast.stranger.actor
    subscribe(cast.stranger, "notes:owner")
    assert mail_choices_of(actor)["note"] == MailMode.DIGEST

    preferences.update_preferences(actor=actor, mail={"note": MailMode.EACH}, digest=DigestPeriod.WEEKLY)
    tell(note)

    assert mail_choices_of(actor)["note"] == MailMode.EACH
    assert preferences_of(actor.user_id).digest == DigestPeriod.WEEKLY
    assert Notification.objects.get().mail == MailMode.EACH


def test_what_waits_to_be_mailed_follows_the_choice(cast, note):
    subscribe(cast.stranger, "notes:owner")
    tell(note)

    preferences.update_preferences(actor=cast.stranger.actor, mail={"note": MailMode.NONE})

    assert Notification.objects.get().mail == MailMode.NONE


def test_mail_is_chosen_for_kinds_that_exist(cast):
    with pytest.raises(ValidationFailed):
        preferences.update_preferences(actor=cast.stranger.actor, mail={"nothing": MailMode.EACH})


def declare(monkeypatch, **fields) -> None:
    """Add to what the sample app declares."""
    from dataclasses import replace

    from django.apps import apps

    from apps.core import declaration

    config = apps.get_app_config("sample")
    assert isinstance(config, SampleConfig)
    monkeypatch.setitem(config.__dict__, "declared", replace(config.declared, **fields))
    declaration._joined.cache_clear()
    monkeypatch.setattr(declaration, "_joined", declaration._joined.__wrapped__)
