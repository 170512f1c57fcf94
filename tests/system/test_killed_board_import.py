"""An import of a board whose process dies goes on where it was, and makes nothing twice."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from apps.community.feedback.models import Board, Idea, Vote
from apps.core.conversations.models import Post, Thread
from tests.api.feedback_makers import a_board
from tests.conftest import ROOT, test_database_url, wait_until

pytestmark = pytest.mark.slow
IDEAS, KILLS = 300, 2
TASK = """
import sys, django
django.setup()
from apps.community.feedback.services.imports import import_board
from apps.users.accounts.actors import actor_for_user
from apps.users.accounts.models import User
actor = actor_for_user(User.objects.get(username=sys.argv[1]))
import_board(actor=actor, slug="platform", data=open(sys.argv[2], "rb").read(), is_json=True)
"""


@pytest.fixture
def file(tmp_path):
    rows = [
        {
            "key": f"idea-{number}",
            "title": f"Idea {number}",
            "text": f"What I need, part {number}",
            "author": "owner",
            "voters": [{"name": "stranger"}, {"name": "owner"}],
            "comments": [{"author": "member", "text": "Me too"}],
            "merged_into": "idea-0" if number == IDEAS - 1 else "",
        }
        for number in range(IDEAS)
    ]
    path = tmp_path / "board.json"
    path.write_text(json.dumps(rows))
    return path


def begin(person, file) -> subprocess.Popen:
    environment = {
        **os.environ,
        "DATABASE_URL": test_database_url(),
        "DJANGO_SETTINGS_MODULE": "tests.settings",
    }
    command = [sys.executable, "-c", TASK, person.name, str(file)]
    return subprocess.Popen(command, cwd=ROOT, env=environment)


def kill_in_progress(person, file) -> int:
    """Kill an import once it has added an idea; return how many there are."""
    before, process = Idea.objects.count(), begin(person, file)
    wait_until(lambda: Idea.objects.count() > before or process.poll() is not None, what="an idea")
    process.kill()
    process.wait(10)
    return Idea.objects.count()


def test_an_import_survives_kills(live_cast, file):
    board = a_board(live_cast.staff)

    reached = [kill_in_progress(live_cast.staff, file) for _kill in range(KILLS)]
    assert begin(live_cast.staff, file).wait(120) == 0
    assert begin(live_cast.staff, file).wait(120) == 0

    assert 0 < reached[0] < reached[1] < IDEAS
    assert (Idea.objects.count(), Thread.objects.count()) == (IDEAS, IDEAS)
    assert (Post.objects.count(), Vote.objects.count()) == (2 * IDEAS, 2 * IDEAS)
    assert Idea.objects.exclude(merged_into=None).get().merged_into.source_key == "idea-0"
    assert Board.objects.get(pk=board.pk).idea_count == IDEAS - 1
