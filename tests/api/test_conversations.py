"""Conversations: the one engine of every place where people talk, played on the notes of the sample app."""

import io
from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.utils import timezone
from PIL import Image

from apps.business.usage.meters import Meter
from apps.business.usage.services import set_limit
from apps.core.conversations import selectors
from apps.core.conversations.access import attachment_for, post_for, thread_for, visible_posts
from apps.core.conversations.errors import (
    AttachmentNotFound,
    BadAttachment,
    EditConflict,
    EmptyPost,
    ImpossibleMove,
    PostNotFound,
    PostTooLong,
    SlowMode,
    ThreadLocked,
    ThreadNotFound,
    UnknownReaction,
)
from apps.core.conversations.models import Attachment, Draft, Post, PostState, Reaction, ReadMark, Thread
from apps.core.conversations.services import attachments, drafts, posts, reactions, reading, threads
from apps.core.errors import Forbidden, OverQuota, Unauthenticated
from tests.sample.models import Note
from tests.sample.services import thread_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_store")]


@pytest.fixture
def thread(cast) -> Thread:
    return thread_of(Note.objects.create(namespace=cast.owner.user.namespace, title="Shopping"))


@pytest.fixture
def private_thread(cast) -> Thread:
    return thread_of(Note.objects.create(namespace=cast.owner.user.namespace, title="Mine", is_public=False))


def write(person, thread, source="Hello", **options) -> Post:
    return posts.add_post(actor=person.actor, thread_id=thread.pk, source=source, **options)


def numbers(window) -> list[int]:
    return [post.number for post in window.posts]


def an_image(form="PNG", size=(40, 30)) -> bytes:
    output = io.BytesIO()
    Image.new("RGB", size, "green").save(output, form)
    return output.getvalue()


# writing


def test_a_post_gets_the_next_number_and_counts_in_its_thread(cast, thread):
    first, second = write(cast.stranger, thread), write(cast.member, thread, reply_to=None)

    thread.refresh_from_db()
    assert [first.number, second.number] == [1, 2]
    assert (thread.post_count, thread.last_number, thread.last_author_id) == (2, 2, cast.member.user.pk)


def test_a_reply_refers_to_a_post_of_the_same_thread_only(cast, thread, private_thread):
    elsewhere, here = write(cast.owner, private_thread), write(cast.owner, thread)

    assert write(cast.member, thread, reply_to=here.pk).reply_to == here
    assert write(cast.member, thread, reply_to=elsewhere.pk).reply_to is None


def test_a_post_is_stored_as_safe_html(cast, thread):
    source = "<script>alert(1)</script>\n\n[x](javascript:alert(1)) **bold** <img src=x onerror=alert(1)>"

    html = write(cast.stranger, thread, source).html

    assert "<strong>bold</strong>" in html
    assert not any(word in html for word in ("<script", 'href="javascript', "onerror"))


def test_a_mention_links_to_a_person_who_exists(cast, thread):
    post = write(cast.stranger, thread, "@Owner, @grove and @none-such, not `@member` nor a@member.com")

    assert post.mentions == ["owner", "grove"]
    assert '<a href="/owner" class="mention"' in post.html
    assert "none-such</a>" not in post.html


def test_a_post_remembers_the_pages_of_this_site_that_it_links_to(cast, thread):
    source = "http://testserver/owner/tiny#x [job](/jobs/1) https://example.com/owner/other"

    assert write(cast.stranger, thread, source).references == ["/owner/tiny", "/jobs/1"]


@pytest.mark.parametrize(("source", "refusal"), [("  \n", EmptyPost), ("x" * 60_001, PostTooLong)])
def test_a_post_needs_a_text_of_bounded_length(cast, thread, source, refusal):
    with pytest.raises(refusal):
        write(cast.stranger, thread, source)

    assert Post.objects.count() == 0


def test_who_may_not_read_a_thread_may_not_write_in_it(cast, thread, private_thread):
    with pytest.raises(ThreadNotFound):
        write(cast.stranger, private_thread)
    with pytest.raises(Unauthenticated):
        write(cast.anonymous, thread)


def test_sending_a_post_deletes_its_draft_and_no_other(cast, thread):
    for place in ("note:1", "note:2"):
        drafts.save_draft(actor=cast.owner.actor, place=place, source="Milk")

    write(cast.owner, thread, "Milk", draft="note:1")

    assert [draft.place for draft in Draft.objects.all()] == ["note:2"]


# editing


def test_an_edit_keeps_the_former_text_with_its_writer(cast, thread):
    post = write(cast.stranger, thread, "Milk")

    posts.edit_post(actor=cast.stranger.actor, post_id=post.pk, source="Oat milk", revision=1)
    edited = posts.edit_post(actor=cast.owner.actor, post_id=post.pk, source="Tea", revision=2)

    kept = [(one.number, one.source, one.editor.username) for one in selectors.revisions_of(edited)]
    assert kept == [(2, "Oat milk", "stranger"), (1, "Milk", "stranger")]
    assert (edited.source, edited.revision, edited.editor_id) == ("Tea", 3, cast.owner.user.pk)


def test_the_later_of_two_editors_is_told_and_gets_the_current_text(cast, thread):
    post = write(cast.stranger, thread, "Milk")
    posts.edit_post(actor=cast.stranger.actor, post_id=post.pk, source="Oat milk", revision=1)

    with pytest.raises(EditConflict) as refused:
        posts.edit_post(actor=cast.owner.actor, post_id=post.pk, source="Tea", revision=1)

    assert refused.value.facts == {"revision": 2, "source": "Oat milk"}
    assert Post.objects.get().source == "Oat milk"


def test_nobody_but_the_author_and_moderators_edits_a_post(cast, thread):
    post = write(cast.stranger, thread)

    with pytest.raises(Forbidden):
        posts.edit_post(actor=cast.member.actor, post_id=post.pk, source="Mine", revision=1)


# states


def test_a_held_post_is_seen_by_its_author_and_moderators_alone(cast, thread):
    post = write(cast.stranger, thread, is_held=True)

    thread.refresh_from_db()
    assert (post.number, thread.post_count, thread.last_number) == (None, 0, 0)
    assert not visible_posts(cast.member.actor).exists()
    assert list(selectors.held_posts(cast.stranger.actor, thread)) == [post]
    assert list(selectors.held_posts(cast.owner.actor, thread)) == [post]
    assert list(selectors.held_posts(cast.member.actor, thread)) == []
    with pytest.raises(PostNotFound):
        post_for(cast.member.actor, post.pk)


def test_an_approved_post_becomes_the_newest(cast, thread):
    held, seen = write(cast.stranger, thread, is_held=True), write(cast.member, thread)

    approved = posts.approve_post(actor=cast.owner.actor, post_id=held.pk)

    thread.refresh_from_db()
    assert (seen.number, approved.number, approved.state) == (1, 2, PostState.VISIBLE)
    assert (thread.post_count, thread.last_author_id) == (2, cast.stranger.user.pk)


def test_hiding_and_showing_a_post_keeps_the_counts_right(cast, thread):
    write(cast.member, thread)
    last = write(cast.stranger, thread)

    posts.hide_post(actor=cast.owner.actor, post_id=last.pk)
    thread.refresh_from_db()
    hidden = (thread.post_count, thread.last_author_id)
    posts.show_post(actor=cast.owner.actor, post_id=last.pk)
    thread.refresh_from_db()

    assert hidden == (1, cast.member.user.pk)
    assert (thread.post_count, thread.last_author_id, thread.last_number) == (2, cast.stranger.user.pk, 2)


def test_an_author_deletes_and_restores_a_post_but_not_one_that_is_hidden(cast, thread):
    post = write(cast.stranger, thread)

    posts.delete_post(actor=cast.stranger.actor, post_id=post.pk)
    assert not visible_posts(cast.member.actor).exists()
    posts.restore_post(actor=cast.stranger.actor, post_id=post.pk)
    posts.hide_post(actor=cast.owner.actor, post_id=post.pk)

    with pytest.raises(ImpossibleMove):
        posts.restore_post(actor=cast.stranger.actor, post_id=post.pk)


def test_a_stranger_neither_hides_nor_approves_nor_deletes(cast, thread):
    post, held = write(cast.owner, thread), write(cast.member, thread, is_held=True)

    for act in (posts.hide_post, posts.delete_post):
        with pytest.raises(Forbidden):
            act(actor=cast.stranger.actor, post_id=post.pk)
    with pytest.raises(Forbidden):
        posts.approve_post(actor=cast.member.actor, post_id=held.pk)


def test_a_visible_post_always_has_a_number(cast, thread):
    with pytest.raises(IntegrityError):
        Post.objects.create(thread=thread, source="x", state=PostState.VISIBLE)


# threads


def test_a_locked_thread_takes_posts_of_moderators_alone_and_says_when_it_was_locked(cast, thread):
    threads.set_locked(actor=cast.owner.actor, thread_id=thread.pk, is_locked=True)

    with pytest.raises(ThreadLocked):
        write(cast.stranger, thread)
    assert write(cast.owner, thread).number == 2
    assert [post.facts for post in thread.posts.filter(kind="event")] == [{"event": "locked"}]


def test_slow_mode_makes_a_person_wait_and_says_how_long(cast, thread):
    threads.set_pace(actor=cast.owner.actor, thread_id=thread.pk, slow_mode_seconds=60)
    write(cast.stranger, thread)

    with pytest.raises(SlowMode) as refused:
        write(cast.stranger, thread)

    assert 55 <= refused.value.facts["seconds"] <= 60
    assert write(cast.member, thread).number == 2


def test_a_thread_locks_by_itself_once_its_time_has_come(cast, thread):
    later = timezone.now() + timedelta(hours=1)
    threads.set_pace(actor=cast.owner.actor, thread_id=thread.pk, closes_at=later)
    assert threads.lock_due_threads() == 0

    Thread.objects.update(closes_at=timezone.now() - timedelta(seconds=1))

    assert (threads.lock_due_threads(), threads.lock_due_threads()) == (1, 0)
    thread.refresh_from_db()
    assert (thread.is_locked, thread.closes_at) == (True, None)


# reading


def test_windows_of_a_long_thread_cover_it_without_a_gap(cast, thread):
    for _ in range(50):
        write(cast.owner, thread)
    thread.refresh_from_db()
    actor = cast.stranger.actor

    middle = selectors.window_around(actor, thread, 25)
    ends = [selectors.window_around(actor, thread, number) for number in (1, 50, 999)]

    assert numbers(middle) == list(range(15, 35))
    assert (middle.before, middle.after) == (15, 34)
    assert numbers(selectors.window_after(actor, thread, 34)) == list(range(35, 51))
    assert numbers(selectors.window_before(actor, thread, 15)) == list(range(1, 15))
    assert [(window.before, window.after) for window in ends] == [(None, 20), (31, None), (31, None)]


def test_a_read_mark_only_moves_forward_and_not_past_the_end(cast, thread):
    for _ in range(3):
        write(cast.owner, thread)
    actor = cast.stranger.actor

    for number in (2, 1, 99):
        reading.mark_read(actor=actor, thread_id=thread.pk, number=number)

    assert ReadMark.objects.get(user=cast.stranger.user).number == 3
    assert not selectors.unread_threads(actor, Thread.objects.all()).exists()
    write(cast.owner, thread)
    assert list(selectors.unread_threads(actor, Thread.objects.all())) == [thread]
    assert selectors.read_numbers(actor, [thread.pk]) == {thread.pk: 3}


def test_an_author_has_read_their_own_post(cast, thread):
    write(cast.stranger, thread)

    assert selectors.read_number(cast.stranger.actor, thread) == 1


# reactions


def test_a_reaction_counts_once_for_each_person(cast, thread):
    post = write(cast.owner, thread)

    for person in (cast.stranger, cast.stranger, cast.member):
        reactions.set_reaction(actor=person.actor, post_id=post.pk, emoji="👍", is_on=True)
    off = reactions.set_reaction(actor=cast.member.actor, post_id=post.pk, emoji="👍", is_on=False)

    assert off.reactions == {"👍": 1}
    assert Reaction.objects.count() == 1
    assert selectors.own_reactions(cast.stranger.actor, [post]) == {post.pk: {"👍"}}


def test_a_reaction_is_one_of_the_offered_ones(cast, thread):
    post = write(cast.owner, thread)

    with pytest.raises(UnknownReaction):
        reactions.set_reaction(actor=cast.member.actor, post_id=post.pk, emoji="<b>", is_on=True)


# drafts


def test_a_draft_is_one_for_each_place_and_person(cast):
    for source in ("Mil", "Milk"):
        drafts.save_draft(actor=cast.owner.actor, place="note:1", source=source, data={"title": "T"})

    draft = selectors.draft_of(cast.owner.actor, "note:1")
    assert (draft.source, draft.data, Draft.objects.count()) == ("Milk", {"title": "T"}, 1)
    assert selectors.draft_of(cast.stranger.actor, "note:1") is None


def test_the_oldest_drafts_give_way(cast, monkeypatch):
    monkeypatch.setattr(drafts, "DRAFTS_LIMIT", 2)

    for number in range(4):
        drafts.save_draft(actor=cast.owner.actor, place=f"note:{number}", source="x")

    assert {draft.place for draft in Draft.objects.all()} == {"note:2", "note:3"}


# attachments


def test_a_file_is_read_with_the_post_that_links_to_it(cast, private_thread):
    file = attachments.store_attachment(actor=cast.owner.actor, name="a b.png", data=an_image())
    with pytest.raises(AttachmentNotFound):
        attachment_for(cast.member.actor, file.key)

    post = write(cast.owner, private_thread, f"![it]({file.get_absolute_url()})")

    file.refresh_from_db()
    assert (file.post, file.media_type, file.width, file.height) == (post, "image/png", 40, 30)
    assert f'src="{file.get_absolute_url()}"' in post.html
    assert attachment_for(cast.owner.actor, file.key) == file
    with pytest.raises(AttachmentNotFound):
        attachment_for(cast.stranger.actor, file.key)


def test_nobody_ties_a_file_of_somebody_else_to_their_post(cast, thread):
    file = attachments.store_attachment(actor=cast.owner.actor, name="a.txt", data=b"secret")

    write(cast.stranger, thread, f"[it]({file.get_absolute_url()})")

    file.refresh_from_db()
    assert file.post is None


@pytest.mark.parametrize(
    "data",
    [
        an_image()[:60],
        b"\x89PNG but not a picture",
        b"MZ\0\0 a program",
        b"\xff\xfe\xfd not a text",
        b"GIF89a" + bytes(40),
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused(cast, data):
    with pytest.raises(BadAttachment):
        attachments.store_attachment(actor=cast.owner.actor, name="a.png", data=data)

    assert Attachment.objects.count() == 0


def test_an_image_loses_its_metadata(cast):
    source = Image.new("RGB", (8, 8))
    exif = source.getexif()
    exif[0x010E] = "where I live"
    output = io.BytesIO()
    source.save(output, "JPEG", exif=exif)

    file = attachments.store_attachment(actor=cast.owner.actor, name="me.jpg", data=output.getvalue())

    from apps.core.conversations.folders import ATTACHMENTS
    from apps.core.objects.folders import StoredObject

    assert b"where I live" in output.getvalue()
    assert b"where I live" not in ATTACHMENTS.read(StoredObject(file.sha256, file.size))


def test_files_count_for_the_storage_of_who_uploads_them(cast):
    namespace = cast.owner.user.namespace
    file = attachments.store_attachment(actor=cast.owner.actor, name="a.txt", data=b"0123456789")
    set_limit(namespace.pk, Meter.STORAGE_BYTES, 15)

    with pytest.raises(OverQuota):
        attachments.store_attachment(actor=cast.owner.actor, name="b.txt", data=b"0123456789")

    assert selectors.attachment_bytes([namespace.pk]) == {namespace.pk: file.size}


def test_files_without_a_post_are_deleted_after_two_days(cast, thread, django_capture_on_commit_callbacks):
    sent, unsent = (
        attachments.store_attachment(actor=cast.owner.actor, name="a.txt", data=data) for data in (b"1", b"2")
    )
    write(cast.owner, thread, sent.get_absolute_url())
    write(cast.owner, thread, f"[x]({sent.get_absolute_url()})")
    Attachment.objects.update(created_at=timezone.now() - timedelta(days=3))

    with django_capture_on_commit_callbacks(execute=True):
        assert attachments.sweep_attachments() == 1

    from apps.core.conversations.folders import ATTACHMENTS

    assert list(Attachment.objects.all()) == [sent]
    assert [ATTACHMENTS.exists(file.sha256) for file in (sent, unsent)] == [True, False]


def test_a_thread_of_an_unknown_kind_is_nobodys(cast):
    orphan = Thread.objects.create(kind="gone")

    with pytest.raises(ThreadNotFound):
        thread_for(cast.staff.actor, orphan.pk)
