"""A large import that is killed again and again makes everything once and keeps every address."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import pytest
from django.test import Client

from apps.community.forum.models import Category, ImportedRow, Topic
from apps.core.conversations.models import Post
from apps.core.notifications.models import Event
from tests.conftest import ROOT, test_database_url, wait_until
from tests.discourse_export import SOURCE, a_site

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
TOPICS, REPLIES, KILLS = 500, 1, 3
# without manage.py, which would stop the services of the test at its end
IMPORT = """
import sys, django
django.setup()
from django.core.management import call_command
call_command("import_discourse", *sys.argv[1:])
"""
POSTS = TOPICS * (REPLIES + 1)


def begin(folder: Path) -> subprocess.Popen:
    """Start an import in a process of its own."""
    environment = {
        **os.environ,
        "DATABASE_URL": test_database_url(),
        "DJANGO_SETTINGS_MODULE": "tests.settings",
    }
    command = [sys.executable, "-c", IMPORT, str(folder), SOURCE]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)


def rows_made() -> int:
    return ImportedRow.objects.count()


def kill_after(folder: Path, rows: int) -> int:
    """Kill an import once so many rows are made; return how many are made then."""
    process = begin(folder)
    wait_until(lambda: rows_made() >= rows or process.poll() is not None, seconds=120, what="progress")
    assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=10)
    return rows_made()


def test_a_killed_import_of_500_topics_is_resumed_and_keeps_every_address(live_cast, tmp_path):
    a_site(tmp_path, topics=TOPICS, replies=REPLIES)
    step = (TOPICS + POSTS) // (KILLS + 1)

    reached = [kill_after(tmp_path, step * kill) for kill in range(1, KILLS + 1)]
    last = begin(tmp_path)
    words, _errors = last.communicate(timeout=300)

    assert last.returncode == 0, words
    assert reached == sorted(reached)
    assert reached[-1] < TOPICS + POSTS
    assert (Topic.objects.count(), Post.objects.count()) == (TOPICS, POSTS)
    assert set(Topic.objects.values_list("reply_count", "is_listed")) == {(REPLIES, True)}
    support = Category.objects.get(slug="support")
    assert (support.topic_count, support.post_count) == (TOPICS, POSTS)
    assert not Event.objects.exists()
    client = Client()
    for topic in Topic.objects.all():
        foreign = 40 + int(topic.title.removeprefix("Question "))
        assert unquote(client.get(f"/t/any-slug/{foreign}")["Location"]) == topic.get_absolute_url()
        place = client.get(f"/t/any-slug/{foreign}/{REPLIES + 1}")["Location"]
        assert unquote(place) == f"{topic.get_absolute_url()}?post={REPLIES + 1}#post-{REPLIES + 1}"
