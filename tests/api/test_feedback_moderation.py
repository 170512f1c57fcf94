"""Moderation of feedback: held and hidden content reaches nobody, and comes back as it was."""

import pytest
from django.core import mail

from apps.community.feedback.access import listed_ideas, visible_boards
from apps.community.feedback.models import Board, ChangelogEntry, EntryState, Idea
from apps.community.feedback.services import boards, changelog, ideas
from apps.community.reviews.models import Review
from apps.core.conversations.models import Post, PostState
from apps.core.moderation.models import Act, ReportReason, ReviewItem, ReviewState
from apps.core.moderation.providers import moderated_kinds
from apps.core.moderation.services import continue_removals, remove_content_of, report, undo_removal
from apps.core.moderation.services.queue import decide, undo
from apps.core.notifications.models import Event, Level, Notification
from apps.core.notifications.services.delivery import deliver_event
from apps.core.notifications.services.mail import send_due_mail
from apps.core.notifications.services.subscriptions import set_level
from tests.api.feedback_makers import a_board, a_review, an_idea
from tests.api.matrix import session_of
from tests.makers import a_repo

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_store")]

SPAM = " ".join(f"https://casino{number}.example.com/" for number in range(9))


@pytest.fixture
def strict(settings) -> None:
    """Hold what has a single mark against it."""
    settings.HOLD_SCORE_NEW = 1


def the_review() -> ReviewItem:
    return ReviewItem.objects.get(state=ReviewState.OPEN)


def approve(cast, act: Act = Act.APPROVE) -> None:
    decide(actor=cast.staff.actor, public_id=the_review().public_id, act=act, statement="Advertising")


def deliver() -> int:
    return sum(deliver_event(event.pk) for event in Event.objects.filter(finished_at=None))


def places_with(client, words: str, paths: list[str]) -> list[str]:
    return [path for path in paths if words in client.get(path).content.decode()]


def test_a_held_idea_is_in_no_mail_feed_search_or_list_until_it_is_approved(client, cast, strict):
    board = a_board(cast.staff)
    set_level(actor=cast.member.actor, target=board.target, level=Level.WATCH)
    idea = an_idea(cast.stranger, board, "Cheap casino", SPAM)
    paths = [
        "/feedback",
        board.get_absolute_url(),
        f"{board.get_absolute_url()}/similar?title=cheap casino",
        "/feeds/ideas.atom",
        f"{board.get_absolute_url()}/feeds/ideas.json",
        "/search?q=casino",
        "/sitemaps/ideas.xml",
        "/api/v1/feedback/ideas",
        "/stranger",
    ]

    deliver()
    assert (idea.state, Board.objects.get().idea_count) == (PostState.HELD, 0)
    assert places_with(client, idea.key, paths) == []
    assert places_with(client, "Cheap casino", paths) == []
    assert not Notification.objects.exists()
    assert client.get(idea.get_absolute_url()).status_code == 302
    approve(cast)
    deliver()
    send_due_mail()

    assert set(places_with(client, idea.key, paths)) == set(paths)
    watching = Notification.objects.filter(kind="post").values_list("user__username", flat=True)
    assert sorted(watching) == ["member", "warden"]
    assert cast.member.user.email in [address for letter in mail.outbox for address in letter.to]


def test_a_held_review_is_not_shown_nor_counted_until_it_is_approved(client, cast, strict):
    repo = a_repo(cast.owner)
    a_review(cast.member, repo, 5)
    review = a_review(cast.stranger, repo, 1, SPAM)
    path, rating = f"{repo.get_absolute_url()}/community", f"/api/v1/repos/model/{repo.address.id}/rating"

    assert review.state == PostState.HELD
    assert review.key not in client.get(path).content.decode()
    assert client.get(rating).json()["mean_stars"] == 5
    approve(cast)

    assert review.key in client.get(path).content.decode()
    assert client.get(rating).json()["mean_stars"] == 3


def test_a_new_title_can_hold_an_idea(cast, strict):
    idea = an_idea(cast.stranger, a_board(cast.staff))

    ideas.update_idea(actor=cast.stranger.actor, key=idea.key, title=SPAM[:190])
    assert not listed_ideas(cast.anonymous.actor).exists()
    assert the_review().content == f"post:{Post.objects.get().pk}"
    approve(cast)

    assert listed_ideas(cast.anonymous.actor).get() == idea


def test_a_held_board_hides_all_that_is_on_it(client, cast, strict):
    board = a_board(cast.stranger, "Cheap casino", namespace="stranger", about=SPAM)
    an_idea(cast.stranger, board, "Win now")
    paths = [
        "/feedback",
        "/feeds/ideas.json",
        "/sitemaps/boards.xml",
        "/search?q=win",
        "/api/v1/feedback/ideas",
    ]

    assert (board.state, the_review().content) == (PostState.HELD, f"board:{board.pk}")
    assert [places_with(client, words, paths) for words in ("Cheap casino", "Win now")] == [[], []]
    assert session_of(cast.stranger).get(board.get_absolute_url()).status_code == 200
    assert session_of(cast.staff).get(board.get_absolute_url()).status_code == 200
    approve(cast)

    assert "Win now" in client.get(board.get_absolute_url()).content.decode()


def test_another_name_can_hold_a_board_and_a_private_one_is_its_teams_business(cast, strict):
    board = a_board(cast.owner, namespace="grove", is_private=True, about=SPAM)
    assert board.state == PostState.VISIBLE

    boards.update_board(actor=cast.owner.actor, slug=board.slug, takes_bugs=False)
    assert not ReviewItem.objects.exists()
    opened = boards.update_board(actor=cast.owner.actor, slug=board.slug, is_private=False)

    assert opened.state == PostState.HELD
    assert not visible_boards(cast.anonymous.actor).exists()


def an_entry(person, board, source="New", **facts) -> ChangelogEntry:
    entry = changelog.create_entry(
        actor=person.actor, board_slug=board.slug, title="Version 2", source=source, **facts
    )
    return changelog.publish_entry(actor=person.actor, key=entry.key)


def test_a_held_changelog_entry_tells_the_voters_once_it_is_approved(client, cast, strict):
    board = a_board(cast.owner, namespace="grove")
    idea = an_idea(cast.stranger, board)
    entry = an_entry(cast.owner, board, SPAM, ideas=[idea.key])

    assert (entry.state, the_review().content) == (EntryState.HELD, f"changelog:{entry.pk}")
    assert not Event.objects.filter(kind="changelog").exists()
    assert client.get(entry.get_absolute_url()).status_code == 302
    approve(cast)
    deliver()

    entry.refresh_from_db()
    assert entry.state == EntryState.PUBLISHED
    assert [row.user for row in Notification.objects.filter(kind="changelog")] == [cast.stranger.user]


def test_a_declined_entry_stays_hidden_and_an_edit_of_a_published_one_is_judged(cast, strict):
    board = a_board(cast.owner, namespace="grove")
    declined, edited = an_entry(cast.owner, board, SPAM), an_entry(cast.owner, board, "Dark mode works")
    approve(cast, Act.DECLINE)

    changelog.update_entry(actor=cast.owner.actor, key=edited.key, source=SPAM)

    declined.refresh_from_db()
    edited.refresh_from_db()
    assert (declined.state, edited.state) == (EntryState.HIDDEN, EntryState.HELD)


def content_of(cast) -> dict[str, str]:
    """Publish one of everything as the stranger, and return the names of the content."""
    repo = a_repo(cast.owner)
    idea = an_idea(cast.stranger, a_board(cast.staff))
    board = a_board(cast.stranger, "Mine", namespace="stranger")
    review = a_review(cast.stranger, repo)
    posts = [Post.objects.filter(thread_id=row.thread_id).earliest("pk").pk for row in (idea, review)]
    return {
        "idea": f"post:{posts[0]}",
        "review": f"post:{posts[1]}",
        "board": f"board:{board.pk}",
        "changelog": f"changelog:{an_entry(cast.stranger, board).pk}",
    }


def states() -> list[str]:
    """Return the states of everything that the stranger published."""
    own = Board.objects.get(name="Mine").state
    return [Idea.objects.get().state, Review.objects.get().state, own, ChangelogEntry.objects.get().state]


@pytest.mark.parametrize("name", ["idea", "review", "board", "changelog"])
def test_all_content_is_reported_hidden_restored_and_declined_alike(cast, name):
    content = content_of(cast)[name]
    place = ["idea", "review", "board", "changelog"].index(name)
    before = states()
    report(actor=cast.member.actor, content=content, reason=ReportReason.SPAM)
    view = moderated_kinds()[content.partition(":")[0]].views([int(content.partition(":")[2])])
    item = ReviewItem.objects.get(content=content)

    decide(actor=cast.staff.actor, public_id=item.public_id, act=Act.DECLINE, statement="Advertising")

    assert (states()[place], next(iter(view.values())).author_id) == ("hidden", cast.stranger.user.pk)
    assert [after for after in states() if after == "hidden"] == ["hidden"]
    undo(actor=cast.staff.actor, public_id=item.public_id)
    assert states() == before


def test_all_that_a_person_published_is_removed_in_one_act_and_brought_back(cast):
    content_of(cast)
    before = states()

    removal = remove_content_of(actor=cast.staff.actor, user_id=cast.stranger.user.pk, reason="Flood")
    continue_removals()
    assert states() == ["hidden"] * 4
    undo_removal(actor=cast.staff.actor, public_id=removal.public_id)
    continue_removals()

    assert states() == before
