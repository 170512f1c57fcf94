"""A light worker that dies in the middle of a removal, or of its undo, loses and repeats nothing."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from apps.core.conversations.models import Post, PostState, Thread
from apps.core.conversations.services.posts import write_post
from apps.core.moderation.models import Act, Decision, Removal, RemovedContent
from apps.core.moderation.services import remove_content_of, undo_removal
from tests.conftest import ROOT, test_database_url, wait_until
from tests.sample.models import Note
from tests.sample.services import thread_of

pytestmark = pytest.mark.slow
POSTS, KILLS = 300, 2
TASK = "import django; django.setup(); from apps.core.moderation.services import continue_removals as c; c()"


@pytest.fixture
def flood(live_cast) -> Thread:
    thread = thread_of(Note.objects.create(namespace=live_cast.owner.user.namespace, title="Shopping"))
    for number in range(POSTS):
        write_post(thread, live_cast.stranger.user.pk, f"Buy {number}", is_silent=True)
    return thread


def begin() -> subprocess.Popen:
    """Start a process that goes on with removals."""
    environment = {
        **os.environ,
        "DATABASE_URL": test_database_url(),
        "DJANGO_SETTINGS_MODULE": "tests.settings",
    }
    return subprocess.Popen([sys.executable, "-c", TASK], cwd=ROOT, env=environment)


def changed(state: PostState) -> int:
    return Post.objects.filter(state=state).count()


def kill_in_progress(state: PostState) -> int:
    """Kill a process once it has changed a post; return how many have the state then."""
    before, process = changed(state), begin()
    wait_until(lambda: changed(state) > before or process.poll() is not None, what="progress")
    process.kill()
    process.wait(10)
    return changed(state)


def play_with_kills(state: PostState) -> list[int]:
    """Let processes work until all posts have a state, and kill some; return how far each of those came."""
    reached = [kill_in_progress(state) for _kill in range(KILLS)]
    assert begin().wait(60) == 0
    return reached


def counts(thread: Thread) -> tuple[int, int, int]:
    thread.refresh_from_db()
    return changed(PostState.HIDDEN), changed(PostState.VISIBLE), thread.post_count


def test_a_removal_and_its_undo_survive_kills(live_cast, flood):
    warden, user_id = live_cast.staff.actor, live_cast.stranger.user.pk
    numbers = list(flood.posts.order_by("pk").values_list("number", flat=True))

    removal = remove_content_of(actor=warden, user_id=user_id, reason="A flood.")
    reached = play_with_kills(PostState.HIDDEN)
    assert 0 < reached[0] < POSTS
    assert counts(flood) == (POSTS, 0, 0)
    assert RemovedContent.objects.filter(is_hidden=True).count() == POSTS

    undo_removal(actor=warden, public_id=removal.public_id)
    reached = play_with_kills(PostState.VISIBLE)
    assert 0 < reached[0] < POSTS
    assert counts(flood) == (0, POSTS, POSTS)
    assert list(flood.posts.order_by("pk").values_list("number", flat=True)) == numbers
    assert Removal.objects.get().is_done
    assert list(Decision.objects.order_by("pk").values_list("act", flat=True)) == [
        Act.REMOVE_ALL,
        Act.RESTORE_ALL,
    ]
