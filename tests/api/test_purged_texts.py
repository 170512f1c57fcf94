"""Moderators remove a former text of a post for good."""

from __future__ import annotations

import pytest
from django.test import Client

from apps.core.audit.models import AuditEntry
from apps.core.conversations.errors import FormerTextNotFound
from apps.core.conversations.models import Post, PostRevision
from apps.core.conversations.services.posts import add_post, edit_post
from apps.core.conversations.services.revisions import purge_revision
from apps.core.errors import Forbidden
from tests.api.matrix import session_of
from tests.sample.models import Note
from tests.sample.services import thread_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_store")]
SECRET = "Call me at +00 555 0100"


@pytest.fixture
def post(cast) -> Post:
    """A post on a note of `owner` whose first text has personal data; its third one is the present text."""
    thread = thread_of(Note.objects.create(namespace=cast.owner.user.namespace, title="Shopping"))
    post = add_post(actor=cast.stranger.actor, thread_id=thread.pk, source=SECRET)
    for number, source in enumerate(("Milk", "Milk and bread"), start=1):
        post = edit_post(actor=cast.stranger.actor, post_id=post.pk, source=source, revision=number)
    return post


def history(post, client=None) -> str:
    return (client or Client()).get(f"/posts/{post.public_id}/history").content.decode()


def test_a_purged_text_is_nowhere_and_its_line_stays(cast, post):
    owner = session_of(cast.owner)
    assert SECRET in history(post)

    answer = owner.post(f"/posts/{post.public_id}/history/1/purge")

    assert answer["Location"] == f"/posts/{post.public_id}/history#revision-1"
    assert (SECRET in history(post), 'id="revision-1"' in history(post)) == (False, True)
    items = Client().get(f"/api/v1/posts/{post.public_id}/revisions").json()["items"]
    assert [(one["number"], one["source"], one["editor"]) for one in items] == [
        (2, "Milk", "stranger"),
        (1, None, "stranger"),
    ]
    assert [one["purged_at"] is None for one in items] == [True, False]
    assert not PostRevision.objects.filter(source__contains="555").exists()
    entry = AuditEntry.objects.get(action="post.revision_purged")
    assert SECRET not in str(entry.facts)


def test_the_next_text_is_shown_without_what_was_purged(cast, post):
    purge_revision(actor=cast.owner.actor, post_id=post.pk, number=1)

    page = history(post)

    assert "<del" not in page.partition('id="revision-2"')[2]
    assert "Milk" in page.partition('id="revision-2"')[2]


def test_a_program_purges_a_text_once_and_again(cast, post, client):
    path = f"/api/v1/posts/{post.public_id}/revisions/1"

    assert [client.delete(path, headers=cast.owner.headers).status_code for _time in range(2)] == [204, 204]
    assert AuditEntry.objects.filter(action="post.revision_purged").count() == 1


def test_the_present_text_is_not_purged(cast, post):
    with pytest.raises(FormerTextNotFound):
        purge_revision(actor=cast.owner.actor, post_id=post.pk, number=3)
    assert Post.objects.get().source == "Milk and bread"


def test_only_moderators_purge_and_see_how(cast, post):
    for person in (cast.stranger, cast.member):
        with pytest.raises(Forbidden):
            purge_revision(actor=person.actor, post_id=post.pk, number=1)

    assert history(post, session_of(cast.owner)).count("/purge") == 2
    assert "/purge" not in history(post, session_of(cast.stranger))
    assert Client().post(f"/posts/{post.public_id}/history/1/purge").status_code in (302, 401, 403)
    assert SECRET in history(post)
