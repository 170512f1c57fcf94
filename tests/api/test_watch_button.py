"""The button that watches, tracks and mutes what a page shows."""

import re

import pytest

from apps.core.notifications.models import Level, Subscription
from apps.core.notifications.selectors import chosen_levels
from tests.sample.models import Note
from tests.sample.services import thread_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_store")]


@pytest.fixture
def note(cast) -> Note:
    note = Note.objects.create(namespace=cast.owner.user.namespace, title="Shopping")
    thread_of(note)
    note.refresh_from_db()
    return note


@pytest.fixture
def target(note) -> str:
    return note.thread.target


@pytest.fixture
def member(client, cast):
    client.force_login(cast.member.user)
    return client


def page_of(client, note) -> str:
    return client.get(f"/notes/{note.pk}").content.decode()


def level_on(page: str) -> str:
    return re.search(r'data-watch="thread:\w+" data-level="(\w+)"', page)[1]


def current(page: str) -> list[str]:
    return re.findall(r'name="level" value="(\w*)" aria-current="true"', page)


@pytest.mark.parametrize("level", list(Level))
def test_a_person_chooses_a_level_without_scripts(member, cast, note, target, level):
    response = member.post(
        "/notifications/levels", {"target": target, "level": level, "next": f"/notes/{note.pk}"}
    )

    assert response["Location"] == f"/notes/{note.pk}"
    assert chosen_levels(cast.member.actor, [target]) == {target: level}
    assert (level_on(page_of(member, note)), current(page_of(member, note))) == (level, [level])


def test_a_script_gets_the_button_with_the_new_level(member, note, target):
    form = {"target": target, "level": "mute", "also": "notes:owner", "size": "small", "align": "end"}
    form["next"] = "/notes/1?at=3"

    page = member.post("/notifications/levels", form, headers={"HX-Request": "true"}).content.decode()

    assert (level_on(page), current(page)) == ("mute", ["mute"])
    assert 'name="next" value="/notes/1?at=3"' in page
    assert 'name="also" value="notes:owner"' in page
    assert "at-end" in page
    assert "<html" not in page


def test_a_less_specific_target_counts_until_one_chooses(member, cast, note, target):
    Subscription.objects.create(user=cast.member.user, target="notes:owner", level=Level.WATCH)
    assert level_on(page_of(member, note)) == "watch"
    assert 'name="level" value=""' not in page_of(member, note)

    member.post("/notifications/levels", {"target": target, "level": "normal"})
    assert level_on(page_of(member, note)) == "normal"
    assert 'name="level" value=""' in page_of(member, note)

    member.post("/notifications/levels", {"target": target, "level": ""})
    assert level_on(page_of(member, note)) == "watch"


def test_anonymous_readers_are_led_to_the_sign_in(client, note):
    page = page_of(client, note)

    assert level_on(page) == "normal"
    assert re.search(rf'href="/login\?next=/notes/{note.pk}"[^>]*>\s*<svg[^>]*>.*?</svg>Watch', page)
    assert 'name="level"' not in page


def test_nobody_watches_what_they_may_not_see(client, cast, note, target):
    Note.objects.update(is_public=False)
    client.force_login(cast.stranger.user)

    response = client.post("/notifications/levels", {"target": target, "level": "watch"})

    assert response.status_code == 404
    assert not Subscription.objects.exists()


@pytest.mark.parametrize("field", ["size", "variant", "align"])
def test_the_button_takes_no_classes_from_a_form(member, target, field):
    form = {"target": target, "level": "watch", field: '"><script>alert(1)</script>'}

    assert member.post("/notifications/levels", form, headers={"HX-Request": "true"}).status_code == 422
