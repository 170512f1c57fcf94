"""Pages and feeds of feedback, with and without rights."""

import json
import re
import xml.etree.ElementTree as ET

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.community.feedback.models import Board, ChangelogEntry, Idea
from apps.community.feedback.services import changelog, votes
from apps.community.feedback.services.boards import set_labels
from apps.community.feedback.services.merge import merge_ideas
from apps.core.conversations.models import Post
from apps.core.conversations.selectors import draft_of
from apps.core.conversations.services.drafts import save_draft
from apps.core.conversations.services.posts import add_post
from apps.core.notifications.models import Level
from apps.core.notifications.selectors import level_of
from tests.api.feedback_makers import a_board, a_review, a_security_report, an_idea
from tests.api.matrix import session_of
from tests.makers import a_repo

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_store")]

MOST_QUERIES = 12
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


@pytest.fixture
def board(cast) -> Board:
    return a_board(cast.staff)


def text_of(response) -> str:
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def test_people_find_a_board_and_its_ideas(client, cast, board):
    idea = an_idea(cast.owner, board)

    assert f'data-board="{board.slug}"' in text_of(client.get("/feedback"))
    page = text_of(client.get(board.get_absolute_url()))
    assert f'data-idea="{idea.key}"' in page
    assert 'data-voted="false"' in page
    assert "At night." in text_of(client.get(idea.get_absolute_url()))


def test_a_person_writes_an_idea_votes_and_comments(cast, board):
    owner, stranger = session_of(cast.owner), session_of(cast.stranger)

    page = owner.post(f"{board.get_absolute_url()}/new", {"title": "Dark mode", "source": "At night"})[
        "Location"
    ]
    assert owner.post(f"{board.get_absolute_url()}/new", {"title": ""}).status_code == 422
    stranger.post(f"{page}/vote")
    idea = Idea.objects.get()
    stranger.post(f"/threads/{idea.thread.public_id}/reply", {"source": "Me too", "act": "send"})
    assert 'data-watch="idea:' in text_of(stranger.get(page))

    idea.refresh_from_db()
    assert (idea.vote_count, idea.comment_count) == (2, 1)
    assert 'data-voted="true"' in text_of(stranger.get(board.get_absolute_url()))
    stranger.post(f"{page}/unvote")
    idea.refresh_from_db()
    assert (idea.vote_count, level_of(cast.stranger.user.pk, idea.target)) == (1, Level.NORMAL)


def test_the_author_and_the_team_change_the_title_and_the_labels(cast, board):
    set_labels(actor=cast.staff.actor, slug=board.slug, labels=[("UI", True), ("Core", False)])
    idea = an_idea(cast.owner, board)
    path = f"{idea.get_absolute_url()}/edit"
    owner, staff = session_of(cast.owner), session_of(cast.staff)

    assert path in text_of(owner.get(idea.get_absolute_url()))
    assert path not in text_of(session_of(cast.stranger).get(idea.get_absolute_url()))
    assert 'value="UI"' in text_of(owner.get(path))
    staff.post(path, {"title": "Dark theme", "labels": ["Core"]})
    owner.post(path, {"title": "Dark themes", "labels": ["Core", "UI"]})

    idea.refresh_from_db()
    assert (idea.title, [label.name for label in idea.labels.all()]) == ("Dark themes", ["Core", "UI"])
    assert owner.post(path, {"title": " "}).status_code == 422
    assert session_of(cast.stranger).post(path, {"title": "Mine"}).status_code == 403


def test_an_idea_is_previewed_kept_as_a_draft_and_sent_with_files(cast, board):
    owner, path = session_of(cast.owner), f"{board.get_absolute_url()}/new"
    save_draft(actor=cast.owner.actor, place=f"idea:{board.pk}", source="At night", data={"title": "Dark"})

    begun = text_of(owner.get(path))
    shown = text_of(owner.post(path, {"title": "Dark", "source": "**At** night", "act": "preview"}))
    assert ("At night" in begun, 'value="Dark"' in begun) == (True, True)
    assert "<strong>At</strong>" in shown
    assert not Idea.objects.exists()
    file = SimpleUploadedFile("notes.txt", b"See this")
    owner.post(path, {"title": "Dark", "source": "At night", "act": "send", "attachments": file})

    assert "[notes.txt](/attachments/" in Post.objects.get().source
    assert draft_of(cast.owner.actor, f"idea:{board.pk}") is None


def test_a_script_gets_the_vote_button_anew(cast, board):
    idea = an_idea(cast.owner, board)

    answer = session_of(cast.stranger).post(
        f"{idea.get_absolute_url()}/vote", {"list": "1"}, headers={"hx-request": "true"}
    )

    assert 'data-votes="2"' in text_of(answer)
    assert 'aria-pressed="true"' in answer.content.decode()


def test_the_team_plans_merges_and_answers(cast, board):
    kept, gone = an_idea(cast.owner, board), an_idea(cast.stranger, board, "Night mode")
    staff = session_of(cast.staff)

    staff.post(f"{kept.get_absolute_url()}/status", {"status": "planned", "reply": "In May"})
    staff.post(f"{gone.get_absolute_url()}/merge", {"into": f"http://testserver{kept.get_absolute_url()}"})
    staff.post(f"{kept.get_absolute_url()}/behalf", {"username": "member", "weight": "5"})

    moved = staff.get(gone.get_absolute_url())
    page = text_of(staff.get(kept.get_absolute_url()))
    assert (moved.status_code, moved["Location"]) == (301, kept.get_absolute_url())
    assert "data-official" in page
    assert "member × 5" in page
    assert "× 5" not in text_of(session_of(cast.owner).get(kept.get_absolute_url()))
    assert f'data-idea="{kept.key}"' in text_of(staff.get(f"{board.get_absolute_url()}/roadmap"))
    assert session_of(cast.owner).post(f"{kept.get_absolute_url()}/status").status_code == 403


def test_similar_ideas_are_shown_while_one_types(client, cast, board):
    idea = an_idea(cast.owner, board)

    shown = text_of(client.get(f"{board.get_absolute_url()}/similar?title=dark mod"))

    assert f'data-idea="{idea.key}"' in shown


def test_lists_are_filtered_and_sorted(client, cast, board):
    first, second = an_idea(cast.owner, board, "First"), an_idea(cast.owner, board, "Second")
    votes.vote(actor=cast.stranger.actor, key=first.key)

    def shown(query: str) -> list[str]:
        page = text_of(client.get(f"{board.get_absolute_url()}{query}"))
        return re.findall(r'data-idea="(\w+)"', page)

    assert shown("") == [first.key, second.key]
    assert shown("?sort=new") == [second.key, first.key]
    assert shown("?status=planned") == []
    assert shown("?q=secon") == [second.key]
    assert shown("?sort=none&status=none&label=none&kind=none") == []


def test_a_security_report_is_nowhere_but_on_the_pages_of_its_reporter_and_the_team(client, cast, board):
    stranger = session_of(cast.stranger)
    sent = {"title": "Tokens leak", "source": "Secret steps", "severity": "critical", "version": "1.2"}
    page = stranger.post(f"{board.get_absolute_url()}/new-security-report", sent)["Location"]

    for person in (stranger, session_of(cast.staff)):
        assert "Secret steps" in text_of(person.get(page))
        assert "Tokens leak" in text_of(person.get(board.get_absolute_url()))
    assert session_of(cast.owner).get(page).status_code == 404
    places = [
        "/feedback",
        board.get_absolute_url(),
        f"{board.get_absolute_url()}/roadmap",
        f"{board.get_absolute_url()}/similar?title=Tokens leak",
        f"{board.get_absolute_url()}/feeds/ideas.atom",
        "/feeds/ideas.json",
        "/search?q=tokens",
        "/stranger",
        "/sitemaps/ideas.xml",
    ]
    for place in places:
        for person in (client, session_of(cast.owner)):
            assert "Tokens leak" not in text_of(person.get(place)), place
            assert page not in text_of(person.get(place)), place
    for form in ("atom", "json"):
        assert client.get(f"{page}/feed.{form}").status_code == 302


def test_a_private_board_is_absent_everywhere(client, cast):
    board = a_board(cast.owner, "Inner circle", namespace="grove", is_private=True)
    idea = an_idea(cast.member, board, "Hidden wish")

    places = [
        "/feedback",
        "/feeds/ideas.atom",
        "/search?q=hidden",
        "/grove",
        "/sitemaps/boards.xml",
        "/sitemaps/ideas.xml",
    ]
    for place in places:
        for person in (client, session_of(cast.stranger), session_of(cast.staff)):
            page = text_of(person.get(place))
            assert "Inner circle" not in page, place
            assert "Hidden wish" not in page, place
            assert board.slug not in page or place == "/grove", place
    for path in (
        board.get_absolute_url(),
        idea.get_absolute_url(),
        f"{board.get_absolute_url()}/feeds/ideas.json",
    ):
        assert session_of(cast.stranger).get(path).status_code == 404
    assert "Hidden wish" in text_of(session_of(cast.owner).get(board.get_absolute_url()))


def test_an_owner_turns_on_the_board_of_a_repository(client, cast):
    repo = a_repo(cast.owner)

    made = session_of(cast.owner).post(f"{repo.get_absolute_url()}/board")
    assert session_of(cast.stranger).post(f"{repo.get_absolute_url()}/board").status_code == 403

    assert made["Location"] == Board.objects.get().get_absolute_url()
    page = text_of(client.get(f"{repo.get_absolute_url()}/community"))
    assert Board.objects.get().get_absolute_url() in page
    assert f'href="{repo.get_absolute_url()}/community"' in text_of(client.get(repo.get_absolute_url()))


def test_a_changelog_is_drafted_and_published(client, cast, board):
    idea, staff = an_idea(cast.owner, board), session_of(cast.staff)
    sent = {
        "title": "Version 2",
        "source": "**Dark** mode",
        "kinds": ["added"],
        "ideas": idea.get_absolute_url(),
    }

    page = staff.post(f"{board.get_absolute_url()}/new-entry", sent)["Location"]
    assert client.get(page)["Location"].startswith("/login?")
    assert "Version 2" not in text_of(client.get("/feedback/changelog"))
    staff.post(f"{page}/publish", {"at": "2126-01-31 12:00"})
    assert ChangelogEntry.objects.get().state == "scheduled"
    staff.post(f"{page}/unschedule")
    staff.post(f"{page}/publish")

    for path in ("/feedback/changelog", f"{board.get_absolute_url()}/changelog?kind=added", page):
        assert "<strong>Dark</strong>" in text_of(client.get(path))
    assert "Version 2" not in text_of(client.get("/feedback/changelog?kind=fixed"))
    staff.post(f"{page}/edit", {**sent, "title": "Version 2.1"})
    assert "Version 2.1" in text_of(client.get(page))
    staff.post(f"{page}/delete")
    assert not ChangelogEntry.objects.exists()


def test_an_admin_changes_the_settings_of_a_board(cast, board):
    staff, path = session_of(cast.staff), f"{board.get_absolute_url()}/settings"

    text_of(staff.get(path))
    staff.post(path, {"name": "Product", "about": "All of it", "takes_bugs": "on"})
    staff.post(f"{path}/statuses", {"lines": "open, open\nnext, planned, Next up, roadmap"})
    staff.post(f"{path}/labels", {"lines": "UI\n* Core"})
    wrong = staff.post(f"{path}/statuses", {"lines": "a b, open"})

    board.refresh_from_db()
    assert (board.name, wrong.status_code) == ("Product", 422)
    assert [(one.slug, one.label, one.is_on_roadmap) for one in board.statuses.all()] == [
        ("open", "Under review", False),
        ("next", "Next up", True),
    ]
    assert [(one.name, one.is_open) for one in board.labels.all()] == [("Core", False), ("UI", True)]
    assert session_of(cast.owner).get(path).status_code == 403
    assert staff.post(f"{path}/delete", {"confirm": "no"}).status_code == 422
    staff.post(f"{path}/delete", {"confirm": board.slug})
    assert not Board.objects.exists()


def test_an_admin_imports_and_exports_a_board(cast, board):
    staff, path = session_of(cast.staff), board.get_absolute_url()

    def send(name: str, data: bytes):
        return staff.post(f"{path}/import", {"file": SimpleUploadedFile(name, data)})

    assert send("ideas.csv", b"title,votes\nDark mode,2\n").status_code == 302
    assert 'data-list="problems"' in text_of(send("ideas.csv", b"title,votes\n,2\n"))
    assert send("ideas.json", b"[").status_code == 422
    exported = json.loads(staff.get(f"{path}/export.json").content)
    assert [idea["title"] for idea in exported["ideas"]] == ["Dark mode"]
    assert b"Dark mode" in staff.get(f"{path}/export.csv?layout=canny").content
    assert session_of(cast.owner).get(f"{path}/export.json").status_code == 403


@pytest.mark.parametrize("form", ["atom", "json"])
def test_feeds_name_ideas_comments_changes_and_entries(client, cast, board, form):
    idea = an_idea(cast.owner, board, "A & <b>\x0b")
    add_post(actor=cast.stranger.actor, thread_id=idea.thread_id, source="Me too")
    session_of(cast.staff).post(f"{idea.get_absolute_url()}/status", {"status": "planned"})
    entry = changelog.create_entry(actor=cast.staff.actor, board_slug=board.slug, title="2.0", source="New")
    changelog.publish_entry(actor=cast.staff.actor, key=entry.key)
    path = board.get_absolute_url()
    expected = {
        "/feeds/ideas": 1,
        "/feeds/changelog": 1,
        f"{path}/feeds/ideas": 1,
        f"{path}/feeds/roadmap": 1,
        f"{path}/feeds/changelog": 1,
        f"{idea.get_absolute_url()}/feed": 2,
    }

    for feed, count in expected.items():
        body = client.get(f"{feed}.{form}").content
        items = (
            json.loads(body)["items"]
            if form == "json"
            else ET.fromstring(body).findall("{http://www.w3.org/2005/Atom}entry")
        )
        assert len(items) == count, feed


def test_hostile_text_stays_text(client, cast, settings):
    settings.HOLD_SCORE = settings.HOLD_SCORE_NEW = 1000
    repo = a_repo(cast.owner)
    board = a_board(cast.owner, HOSTILE[:70], repo=repo.address, about=HOSTILE)
    idea = an_idea(cast.stranger, board, HOSTILE, HOSTILE)
    a_review(cast.stranger, repo, 5, HOSTILE)
    entry = changelog.create_entry(
        actor=cast.owner.actor, board_slug=board.slug, title=HOSTILE, source=HOSTILE, version=HOSTILE[:80]
    )
    changelog.publish_entry(actor=cast.owner.actor, key=entry.key)

    for path in (
        "/feedback",
        board.get_absolute_url(),
        idea.get_absolute_url(),
        "/feedback/changelog",
        entry.get_absolute_url(),
        f"{repo.get_absolute_url()}/community",
        f"{board.get_absolute_url()}/similar?title=script",
        "/search?q=script",
    ):
        page = text_of(client.get(path))
        assert "<script>alert" not in page, path
        assert "<img src=x" not in page, path


def test_pages_need_few_queries(client, cast, django_assert_max_num_queries):
    repo = a_repo(cast.owner)
    board = a_board(cast.owner, repo=repo.address)
    for number in range(12):
        idea = an_idea(cast.stranger, board, f"Idea {number}")
        add_post(actor=cast.owner.actor, thread_id=idea.thread_id, source="Hello")
    for person in (cast.stranger, cast.member, cast.staff):
        a_review(person, repo)
    entry = changelog.create_entry(actor=cast.owner.actor, board_slug=board.slug, title="2", source="New")
    changelog.publish_entry(actor=cast.owner.actor, key=entry.key)
    kept = an_idea(cast.stranger, board, "Kept")
    merge_ideas(actor=cast.owner.actor, key=idea.key, into=kept.key)

    for path in (
        "/feedback",
        board.get_absolute_url(),
        f"{board.get_absolute_url()}/roadmap",
        f"{board.get_absolute_url()}/changelog",
        kept.get_absolute_url(),
        "/feedback/changelog",
        f"{repo.get_absolute_url()}/community",
    ):
        client.get(path)
        with django_assert_max_num_queries(MOST_QUERIES):
            text_of(client.get(path))


def test_a_security_report_needs_a_board_that_takes_reports(cast, board):
    Board.objects.update(takes_bugs=False)

    answer = session_of(cast.stranger).post(
        f"{board.get_absolute_url()}/new-bug", {"title": "x", "source": "y", "severity": "low"}
    )

    assert answer.status_code == 422
    assert not Idea.objects.exists()


def test_a_report_shows_its_facts(cast, board):
    report = a_security_report(cast.stranger, board)

    assert 'id="bug"' in text_of(session_of(cast.stranger).get(report.get_absolute_url()))
