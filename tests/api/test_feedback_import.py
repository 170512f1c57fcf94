"""Boards as files: the columns of Canny and Fider, whole boards, broken rows."""

import csv
import io
import json

import pytest

from apps.community.feedback.access import listed_ideas, visible_ideas
from apps.community.feedback.errors import BadImport
from apps.community.feedback.layouts import Layout
from apps.community.feedback.models import (
    Board,
    ChangelogEntry,
    Idea,
    Label,
    StatusChange,
    Vote,
)
from apps.community.feedback.selectors.exports import board_as_csv, board_as_json
from apps.community.feedback.services import boards, changelog, ideas, votes
from apps.community.feedback.services.imports import import_board
from apps.community.feedback.services.merge import merge_ideas
from apps.core.conversations.models import Post, PostKind, PostState
from apps.core.conversations.services.posts import add_post
from apps.core.errors import Forbidden
from apps.core.moderation.errors import Silenced
from apps.core.moderation.models import ReviewItem, ReviewState, SanctionKind
from apps.core.moderation.services import sanction
from apps.core.notifications.models import Event, Subscription
from tests.api.feedback_makers import a_board, a_security_report, an_idea

pytestmark = pytest.mark.django_db

FIDER = """number,title,description,created_at,created_by,votes_count,comments_count,status,responded_by,\
responded_at,response,original_number,original_title,tags
1,Dark mode,At night,2026-01-31 12:00:00,Owner,12,3,planned,,,In May,,,ui
2,Night mode,Same,2026-02-01 12:00:00,,3,0,duplicate,,,,1,Dark mode,
"""
CANNY = """Post ID,Title,Details,Author Name,Status,Votes,Created,Tags
a1,Dark mode,At night,owner,in progress,12,2026-01-31,"ui, theme"
"""


def read(cast, board, text, *, is_json=False, person=None):
    data = text if isinstance(text, bytes) else text.encode()
    return import_board(actor=(person or cast.staff).actor, slug=board.slug, data=data, is_json=is_json)


@pytest.fixture
def board(cast) -> Board:
    return a_board(cast.staff)


def test_an_export_of_fider_becomes_ideas(cast, board):
    result = read(cast, board, FIDER)

    idea = Idea.objects.get(source_key="1")
    assert (result.imported, result.problems) == (2, [])
    assert (idea.title, idea.author, idea.vote_count, idea.status.slug) == (
        "Dark mode",
        cast.owner.user,
        12,
        "planned",
    )
    assert (idea.created_at.isoformat(), idea.official_reply.source) == (
        "2026-01-31T12:00:00+00:00",
        "In May",
    )
    assert [label.name for label in idea.labels.all()] == ["ui"]
    assert Idea.objects.get(source_key="2").merged_into == idea
    assert listed_ideas(cast.anonymous.actor).get() == idea
    assert Board.objects.get().idea_count == 1


def test_an_export_of_canny_becomes_ideas(cast, board):
    read(cast, board, CANNY)

    idea = Idea.objects.get()
    assert (idea.status.slug, idea.vote_count, idea.created_at.date().isoformat()) == (
        "started",
        12,
        "2026-01-31",
    )
    assert {label.name for label in idea.labels.all()} == {"ui", "theme"}


def test_an_import_tells_nobody_but_its_voters_watch(cast, board):
    row = {"title": "Dark mode", "text": "Hello @member", "voters": [{"name": "owner"}]}

    read(cast, board, json.dumps([row]), is_json=True)

    assert not Event.objects.exists()
    watching = Subscription.objects.filter(target=Idea.objects.get().target)
    assert [one.user for one in watching] == [cast.owner.user]


def test_a_file_that_moderation_holds_waits_as_a_whole(cast, settings):
    settings.HOLD_SCORE_NEW = 1
    board = a_board(cast.owner, namespace="grove")
    links = " ".join(f"https://example.com/{number}" for number in range(9))
    rows = [{"title": "First", "text": links}, {"title": "Second", "text": "Quiet"}]

    result = read(cast, board, json.dumps(rows), is_json=True, person=cast.owner)

    assert result.imported == 2
    assert not listed_ideas(cast.anonymous.actor).exists()
    assert ReviewItem.objects.filter(state=ReviewState.OPEN).count() == 2


def test_a_silenced_person_imports_nothing(cast):
    board = a_board(cast.owner, namespace="grove")
    sanction(
        actor=cast.staff.actor, user_id=cast.owner.user.pk, kind=SanctionKind.SILENCE, reason="Advertising"
    )

    with pytest.raises(Silenced):
        read(cast, board, CANNY, person=cast.owner)
    assert not Idea.objects.exists()


def test_an_import_that_was_interrupted_goes_on(cast, board):
    read(cast, board, FIDER.rpartition("\n2,")[0])

    result = read(cast, board, FIDER)

    assert (result.imported, result.skipped, Idea.objects.count()) == (1, 1, 2)


def test_broken_rows_are_reported_by_line_and_the_others_imported(cast, board):
    text = (
        "title,votes,created_at\nGood,1,\n,2,\nMany,lots,\nLate,1,yesterday\nLong,1,,,\nFine,2,2026-01-31\n"
    )

    result = read(cast, board, text)

    assert [problem.line for problem in result.problems] == [3, 4, 5, 6]
    assert set(Idea.objects.values_list("title", flat=True)) == {"Good", "Fine"}


@pytest.mark.parametrize(
    ("text", "is_json"),
    [
        ("", False),
        ("name\nx\n", False),
        (b"\xff\xfe\x00", False),
        ("[", True),
        ('"x"', True),
        ("{}", True),
        ("[" * 100_000, True),
    ],
)
def test_a_file_that_is_no_board_is_refused(cast, board, text, is_json):
    with pytest.raises(BadImport):
        read(cast, board, text, is_json=is_json)

    assert not Idea.objects.exists()


def test_broken_values_of_json_are_problems_and_no_errors(cast, board):
    rows = [
        None,
        {"title": 3},
        {"title": "x", "text": []},
        {"title": "x", "comments": [{}]},
        {"title": "x", "votes": "-1"},
        {"title": "\ud800 \x00", "text": "ok", "bug": {"severity": 7}, "labels": 4, "voters": [1]},
    ]

    result = read(cast, board, json.dumps(rows), is_json=True)

    assert [problem.line for problem in result.problems] == [1, 2, 3, 4, 5]
    assert result.imported == 1


def counts() -> dict[str, int]:
    posts = Post.objects.filter(kind=PostKind.COMMENT, thread__idea__merged_into=None)
    return {
        "ideas": Idea.objects.count(),
        "listed": Board.objects.get().idea_count,
        "votes": Vote.objects.count(),
        "watchers": Subscription.objects.filter(target__startswith="idea:").count(),
        "posts": posts.count(),
        "labels": Label.objects.count(),
        "changes": StatusChange.objects.count(),
        "entries": ChangelogEntry.objects.count(),
    }


def test_a_whole_board_survives_export_wipe_and_import(cast, board):
    boards.set_labels(actor=cast.staff.actor, slug=board.slug, labels=[("UI", True), ("Core", False)])
    idea = an_idea(cast.owner, board, labels=["UI"])
    report = a_security_report(cast.stranger, board)
    held = an_idea(cast.stranger, board, "Spam", is_held=True)
    gone = an_idea(cast.member, board, "Night mode")
    votes.vote(actor=cast.stranger.actor, key=idea.key)
    add_post(actor=cast.stranger.actor, thread_id=idea.thread_id, source="Me too")
    merge_ideas(actor=cast.staff.actor, key=gone.key, into=idea.key)
    ideas.change_status(actor=cast.staff.actor, key=idea.key, status="planned", reply="In May")
    entry = changelog.create_entry(
        actor=cast.staff.actor, board_slug=board.slug, title="2.0", source="New", ideas=[idea.key]
    )
    changelog.publish_entry(actor=cast.staff.actor, key=entry.key)
    before, data = counts(), json.dumps(board_as_json(Board.objects.get()))

    boards.delete_board(actor=cast.staff.actor, slug=board.slug)
    again = a_board(cast.staff)
    result = read(cast, again, data, is_json=True)

    assert result.problems == []
    assert counts() == before
    kept = Idea.objects.get(key=idea.key)
    assert (kept.vote_count, kept.official_reply.source, kept.comment_count) == (3, "In May", 3)
    assert Idea.objects.get(key=gone.key).merged_into == kept
    assert Idea.objects.get(key=held.key).state == PostState.HELD
    assert not visible_ideas(cast.owner.actor).filter(key=report.key).exists()
    assert ChangelogEntry.objects.get().ideas.get() == kept


@pytest.mark.parametrize("layout", Layout)
def test_public_ideas_survive_as_csv(cast, board, layout):
    idea = an_idea(cast.owner, board, "=SUM(A1)", "+1")
    a_security_report(cast.stranger, board)
    an_idea(cast.stranger, board, "Spam", is_held=True)

    text = "".join(board_as_csv(board, layout))
    Idea.objects.all().delete()
    read(cast, board, text)

    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row.get("title") or row["Title"] for row in rows] == ["'=SUM(A1)"]
    again = Idea.objects.get()
    assert (again.title, again.vote_count, again.key) == ("=SUM(A1)", 1, idea.key)


def test_an_owners_file_does_not_speak_for_others(cast):
    board = a_board(cast.owner, namespace="grove")
    row = {
        "title": "x",
        "text": "I agree",
        "author": "stranger",
        "voters": [{"name": "stranger"}, {"name": "owner"}],
        "comments": [{"author": "member", "text": "Me too"}],
    }

    read(cast, board, json.dumps([row]), is_json=True, person=cast.owner)

    idea = Idea.objects.get()
    assert (idea.author, idea.author_name, idea.vote_count) == (None, "stranger", 2)
    assert [vote.user.username for vote in idea.votes.all()] == ["owner"]
    assert not Post.objects.filter(author=cast.member.user).exists()


def test_only_admins_of_a_board_import(cast):
    board = a_board(cast.owner, namespace="grove")

    with pytest.raises(Forbidden):
        read(cast, board, CANNY, person=cast.member)
