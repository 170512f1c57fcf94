"""Feedback: boards, ideas with votes, statuses, merging, security reports, changelog."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from apps.community.feedback.access import board_for, idea_for, listed_ideas, visible_boards, visible_ideas
from apps.community.feedback.errors import (
    BoardArchived,
    BoardExists,
    BoardHidden,
    BoardNotFound,
    CannotMerge,
    IdeaHidden,
    IdeaMerged,
    IdeaNotFound,
    LabelNotFound,
    StatusInUse,
)
from apps.community.feedback.models import (
    Board,
    ChangelogEntry,
    EntryState,
    Idea,
    StatusChange,
    Vote,
)
from apps.community.feedback.selectors.boards import roadmap
from apps.community.feedback.selectors.ideas import similar_ideas
from apps.community.feedback.services import boards, changelog, ideas, votes
from apps.community.feedback.services.ideas import BugFacts
from apps.community.feedback.services.merge import merge_ideas
from apps.core.conversations.access import visible_threads
from apps.core.conversations.models import Post, Thread
from apps.core.conversations.providers import kind_of
from apps.core.conversations.services.posts import add_post, approve_post, hide_post, show_post
from apps.core.errors import Forbidden, Unauthenticated, ValidationFailed
from apps.core.notifications.models import Event, Level, Notification
from apps.core.notifications.selectors import watchers_of
from apps.core.notifications.services.delivery import deliver_event
from apps.core.notifications.services.subscriptions import set_level
from tests.api.feedback_makers import a_board, a_security_report, an_idea
from tests.makers import a_repo

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_store")]


@pytest.fixture
def board(cast) -> Board:
    """A board of the site."""
    return a_board(cast.staff)


@pytest.fixture
def org_board(cast) -> Board:
    return a_board(cast.owner, namespace="grove")


@pytest.fixture
def private_board(cast) -> Board:
    return a_board(cast.owner, "Inner", namespace="grove", is_private=True)


def first_post(idea) -> Post:
    return Post.objects.filter(thread_id=idea.thread_id).earliest("pk")


def watchers(idea) -> list[str]:
    return sorted(row.user.username for row in watchers_of([idea.target]))


def notified(kind: str) -> list[str]:
    """Deliver the events of a kind, and return who was told of the latest one."""
    for event in Event.objects.filter(kind=kind):
        deliver_event(event.pk)
    rows = Notification.objects.filter(event=Event.objects.filter(kind=kind).latest("pk"))
    return sorted(row.user.username for row in rows)


# boards


def test_boards_belong_to_the_site_an_organization_or_a_repository(cast):
    repo = a_repo(cast.owner)
    made = [
        a_board(cast.staff, "API"),
        a_board(cast.owner, "Ours", namespace="grove"),
        a_board(cast.owner, "Tiny", repo=repo.address),
    ]

    assert [one.slug for one in made] == ["api", "grove", "owner-tiny"]
    assert [one.owner_id for one in made] == [None, cast.organization.pk, repo.namespace_id]
    assert [status.slug for status in made[0].statuses.all()] == [
        "open",
        "planned",
        "started",
        "done",
        "declined",
    ]


def test_only_who_answers_for_its_owner_creates_a_board(cast):
    repo = a_repo(cast.owner)

    for person, facts in [
        (cast.owner, {}),
        (cast.member, {"namespace": "grove"}),
        (cast.stranger, {"namespace": "grove"}),
        (cast.stranger, {"repo": repo.address}),
    ]:
        with pytest.raises(Forbidden):
            a_board(person, **facts)
    with pytest.raises(Unauthenticated):
        a_board(cast.anonymous)


def test_a_repository_has_one_board_and_an_address_is_taken_once(cast, board):
    repo = a_repo(cast.owner)
    a_board(cast.owner, repo=repo.address)

    with pytest.raises(BoardExists):
        a_board(cast.owner, repo=repo.address)
    with pytest.raises(BoardExists):
        a_board(cast.staff, slug=board.slug)
    assert a_board(cast.staff).slug == "platform-2"


def test_a_private_board_is_absent_for_everybody_but_its_team(cast, private_board):
    idea = an_idea(cast.member, private_board)

    for person, refusal in [
        (cast.stranger, BoardNotFound),
        (cast.staff, BoardNotFound),
        (cast.anonymous, BoardHidden),
    ]:
        with pytest.raises(refusal):
            board_for(person.actor, private_board.slug)
        assert not visible_ideas(person.actor).exists()
        assert not visible_threads(person.actor).exists()
    assert idea_for(cast.owner.actor, idea.key) == idea


def test_a_board_of_a_private_repository_is_as_hidden_as_the_repository(cast):
    repo = a_repo(cast.owner, is_private=True)
    a_board(cast.owner, repo=repo.address)

    assert not visible_boards(cast.stranger.actor).exists()
    assert visible_boards(cast.owner.actor).exists()


def test_an_archived_board_takes_nothing_new(cast, board):
    idea = an_idea(cast.owner, board)
    boards.update_board(actor=cast.staff.actor, slug=board.slug, is_archived=True)

    with pytest.raises(BoardArchived):
        an_idea(cast.stranger, board)
    with pytest.raises(BoardArchived):
        votes.vote(actor=cast.stranger.actor, key=idea.key)
    with pytest.raises(BoardArchived):
        add_post(actor=cast.stranger.actor, thread_id=idea.thread_id, source="Hello")


def test_statuses_are_replaced_unless_ideas_have_them(cast, board):
    an_idea(cast.owner, board)
    planned = boards.StatusFacts(slug="next", name="Next up", kind="planned", is_on_roadmap=True)
    opened = boards.StatusFacts(slug="open", kind="open")

    with pytest.raises(StatusInUse):
        boards.set_statuses(actor=cast.staff.actor, slug=board.slug, statuses=[planned])
    boards.set_statuses(actor=cast.staff.actor, slug=board.slug, statuses=[planned, opened])

    assert [(one.slug, one.is_default) for one in board.statuses.all()] == [("next", True), ("open", False)]


def test_deleting_a_board_leaves_nothing_of_it(cast, board):
    an_idea(cast.owner, board)

    boards.delete_board(actor=cast.staff.actor, slug=board.slug)

    assert (Board.objects.count(), Idea.objects.count(), Thread.objects.count()) == (0, 0, 0)


def test_threads_of_ideas_go_with_their_repository(cast):
    repo = a_repo(cast.owner)
    an_idea(cast.stranger, a_board(cast.owner, repo=repo.address))
    Board.objects.all().delete()

    assert boards.delete_orphaned_threads() == 1
    assert not Thread.objects.exists()


# ideas and votes


def test_an_idea_begins_with_its_authors_vote_and_counts_on_its_board(cast, board):
    idea = an_idea(cast.owner, board, "  Dark   mode ")

    board.refresh_from_db()
    assert (idea.title, idea.vote_count, idea.status.slug, board.idea_count) == ("Dark mode", 1, "open", 1)
    assert watchers(idea) == ["owner"]
    assert kind_of(idea.thread).places([idea.thread_id])[idea.thread_id].path == idea.get_absolute_url()


@pytest.mark.parametrize("title", ["", "  ", "x" * 201])
def test_an_idea_needs_a_title_of_bounded_length(cast, board, title):
    with pytest.raises(ValidationFailed) as refused:
        an_idea(cast.owner, board, title)

    assert list(refused.value.facts["fields"]) == ["title"] if "fields" in refused.value.facts else True
    assert not Idea.objects.exists()


def test_anonymous_people_neither_write_nor_vote(cast, board):
    idea = an_idea(cast.owner, board)

    with pytest.raises(Unauthenticated):
        an_idea(cast.anonymous, board)
    with pytest.raises(Unauthenticated):
        votes.vote(actor=cast.anonymous.actor, key=idea.key)


def test_a_vote_counts_once_and_can_be_taken_back(cast, board):
    idea = an_idea(cast.owner, board)

    for _again in range(2):
        votes.vote(actor=cast.stranger.actor, key=idea.key)
    idea.refresh_from_db()
    assert idea.vote_count == 2
    for _again in range(2):
        votes.withdraw_vote(actor=cast.stranger.actor, key=idea.key)

    idea.refresh_from_db()
    assert (idea.vote_count, idea.votes.count(), watchers(idea)) == (1, 1, ["owner"])


@pytest.mark.django_db(transaction=True)
def test_twenty_votes_at_once_by_one_person_are_one(cast):
    idea = an_idea(cast.owner, a_board(cast.staff))
    actor = cast.stranger.actor

    def vote(_number) -> None:
        try:
            votes.vote(actor=actor, key=idea.key)
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(vote, range(20)))

    idea.refresh_from_db()
    assert (idea.vote_count, Vote.objects.filter(idea=idea, user=cast.stranger.user).count()) == (2, 1)


def test_the_team_votes_on_behalf_of_people_with_a_weight(cast, org_board):
    idea = an_idea(cast.owner, org_board)
    facts = {"key": idea.key, "username": "Stranger"}

    votes.vote_on_behalf(actor=cast.member.actor, weight=5, **facts)
    votes.vote_on_behalf(actor=cast.member.actor, weight=7, **facts)
    with pytest.raises(Forbidden):
        votes.vote_on_behalf(actor=cast.stranger.actor, **facts)

    added = Vote.objects.get(user=cast.stranger.user)
    idea.refresh_from_db()
    assert (added.weight, added.added_by, idea.vote_count) == (7, cast.member.user, 2)
    votes.remove_vote_on_behalf(actor=cast.member.actor, **facts)
    votes.remove_vote_on_behalf(actor=cast.member.actor, key=idea.key, username="owner")
    idea.refresh_from_db()
    assert idea.vote_count == 1


def test_whoever_comments_watches_and_counts(cast, board):
    idea = an_idea(cast.owner, board)

    post = add_post(actor=cast.stranger.actor, thread_id=idea.thread_id, source="Me too")
    idea.refresh_from_db()
    assert (idea.comment_count, watchers(idea)) == (1, ["owner", "stranger"])
    hide_post(actor=cast.staff.actor, post_id=post.pk)

    idea.refresh_from_db()
    assert idea.comment_count == 0


def test_labels_that_are_not_open_are_for_the_team(cast, board):
    boards.set_labels(actor=cast.staff.actor, slug=board.slug, labels=[("UI", True), ("Core", False)])
    idea = an_idea(cast.owner, board, labels=["ui"])

    with pytest.raises(LabelNotFound):
        an_idea(cast.owner, board, labels=["Core"])
    ideas.update_idea(actor=cast.staff.actor, key=idea.key, labels=["UI", "Core"])
    ideas.update_idea(actor=cast.owner.actor, key=idea.key, labels=["Core"], title="Dark theme")
    with pytest.raises(Forbidden):
        ideas.update_idea(actor=cast.stranger.actor, key=idea.key, title="Mine")

    idea.refresh_from_db()
    assert (idea.title, [label.name for label in idea.labels.all()]) == ("Dark theme", ["Core"])


def test_a_held_idea_is_seen_by_its_author_and_the_team_until_it_is_approved(cast, board):
    idea = an_idea(cast.stranger, board, is_held=True)

    assert not visible_ideas(cast.owner.actor).exists()
    assert not visible_ideas(cast.anonymous.actor).exists()
    assert not visible_threads(cast.owner.actor).exists()
    assert Board.objects.get().idea_count == 0
    assert visible_ideas(cast.stranger.actor).get() == visible_ideas(cast.staff.actor).get() == idea
    approve_post(actor=cast.staff.actor, post_id=first_post(idea).pk)

    assert listed_ideas(cast.anonymous.actor).get() == idea
    assert Board.objects.get().idea_count == 1


def test_a_hidden_idea_leaves_the_lists_and_comes_back(cast, board):
    idea = an_idea(cast.stranger, board)

    hide_post(actor=cast.staff.actor, post_id=first_post(idea).pk)
    with pytest.raises(IdeaHidden):
        idea_for(cast.anonymous.actor, idea.key)
    assert Board.objects.get().idea_count == 0
    show_post(actor=cast.staff.actor, post_id=first_post(idea).pk)

    assert idea_for(cast.anonymous.actor, idea.key).comment_count == 0
    assert Board.objects.get().idea_count == 1


def test_similar_titles_are_found_but_nothing_hidden(cast, board):
    close = an_idea(cast.owner, board, "Dark mode for the editor")
    an_idea(cast.owner, board, "Export as CSV")
    an_idea(cast.stranger, board, "Dark mode please", is_held=True)
    merged = an_idea(cast.owner, board, "Dark mode everywhere")
    merge_ideas(actor=cast.staff.actor, key=merged.key, into=close.key)

    assert similar_ideas(cast.member.actor, board, "dark mod") == [close]
    assert similar_ideas(cast.member.actor, board, "da") == []


# statuses


def test_a_status_change_is_logged_with_its_official_reply_and_tells_the_voters(cast, board):
    idea = an_idea(cast.owner, board)
    votes.vote(actor=cast.stranger.actor, key=idea.key)

    ideas.change_status(actor=cast.staff.actor, key=idea.key, status="planned", reply="In May.")

    change = StatusChange.objects.get()
    idea.refresh_from_db()
    assert (change.before, change.after, change.reply.source) == ("Under review", "Planned", "In May.")
    assert (idea.official_reply, idea.status.slug) == (change.reply, "planned")
    assert notified("idea_status") == ["owner", "stranger"]
    # the reply is part of the same news
    assert not Event.objects.filter(kind="post", source=f"post:{change.reply_id}").exists()


def test_who_mutes_an_idea_is_not_told_of_its_status_and_others_once(cast, board):
    idea = an_idea(cast.owner, board)
    for person in (cast.stranger, cast.member):
        votes.vote(actor=person.actor, key=idea.key)
    set_level(actor=cast.member.actor, target=idea.target, level=Level.MUTE)

    ideas.change_status(actor=cast.staff.actor, key=idea.key, status="started", reply="We began.")

    assert notified("idea_status") == notified("idea_status") == ["owner", "stranger"]


def test_an_idea_is_told_to_who_watches_its_board(cast, board):
    set_level(actor=cast.member.actor, target=board.target, level=Level.WATCH)

    an_idea(cast.owner, board)
    a_security_report(cast.stranger, board)

    events = Event.objects.filter(kind="post").order_by("pk")
    for event in events:
        deliver_event(event.pk)
    heard = [sorted(row.user.username for row in event.notifications.all()) for event in events]
    assert heard == [["member", "warden"], ["warden"]]


def test_the_same_status_again_changes_nothing(cast, board):
    idea = an_idea(cast.owner, board)

    ideas.change_status(actor=cast.staff.actor, key=idea.key, status="open")

    assert not StatusChange.objects.exists()


def test_only_the_team_changes_a_status(cast, org_board):
    idea = an_idea(cast.stranger, org_board)

    ideas.change_status(actor=cast.member.actor, key=idea.key, status="planned")
    for person in (cast.stranger, cast.staff):
        with pytest.raises(Forbidden):
            ideas.change_status(actor=person.actor, key=idea.key, status="done")
    with pytest.raises(ValidationFailed):
        ideas.change_status(actor=cast.member.actor, key=idea.key, status="no-such")


def test_moving_a_status_moves_the_card_on_the_roadmap(cast, board):
    idea = an_idea(cast.owner, board)
    assert [column.ideas for column in roadmap(cast.anonymous.actor, board)] == [[], [], []]

    ideas.change_status(actor=cast.staff.actor, key=idea.key, status="started")

    shown = {one.status.slug: one.ideas for one in roadmap(cast.anonymous.actor, board)}
    assert shown == {"planned": [], "started": [idea], "done": []}


# merging


def test_a_merge_unites_voters_followers_and_posts(cast, board):
    kept, gone = an_idea(cast.owner, board, "Dark mode"), an_idea(cast.stranger, board, "Night mode")
    votes.vote(actor=cast.member.actor, key=kept.key)
    votes.vote(actor=cast.member.actor, key=gone.key)
    add_post(actor=cast.owner.actor, thread_id=kept.thread_id, source="First")
    add_post(actor=cast.member.actor, thread_id=gone.thread_id, source="Second")

    merge_ideas(actor=cast.staff.actor, key=gone.key, into=kept.key)

    kept.refresh_from_db()
    gone.refresh_from_db()
    voters = {vote.user.username for vote in kept.votes.all()}
    assert voters == {"owner", "member", "stranger"}
    assert (kept.vote_count, gone.vote_count, gone.votes.count(), gone.merged_into) == (3, 0, 0, kept)
    texts = Post.objects.filter(thread=kept.thread, kind="comment").order_by("number")
    assert [post.source for post in texts] == ["At night.", "First", "At night.", "Second"]
    assert (kept.comment_count, Board.objects.get().idea_count) == (3, 1)
    assert (watchers(kept), watchers(gone)) == (["member", "owner", "stranger"], [])
    assert listed_ideas(cast.anonymous.actor).get() == kept


def test_a_merged_idea_takes_no_votes_comments_or_changes(cast, board):
    kept, gone = an_idea(cast.owner, board), an_idea(cast.stranger, board)
    merge_ideas(actor=cast.staff.actor, key=gone.key, into=kept.key)

    for act in (
        lambda: votes.vote(actor=cast.member.actor, key=gone.key),
        lambda: add_post(actor=cast.member.actor, thread_id=gone.thread_id, source="Hello"),
        lambda: ideas.update_idea(actor=cast.stranger.actor, key=gone.key, title="Mine"),
        lambda: merge_ideas(actor=cast.staff.actor, key=gone.key, into=kept.key),
    ):
        with pytest.raises(IdeaMerged) as refused:
            act()
        assert refused.value.facts == {"key": kept.key}


def test_a_chain_of_merges_ends_at_the_last_idea(cast, board):
    first, second, third = (an_idea(cast.owner, board) for _number in range(3))

    merge_ideas(actor=cast.staff.actor, key=first.key, into=second.key)
    merge_ideas(actor=cast.staff.actor, key=second.key, into=third.key)

    first.refresh_from_db()
    assert first.merged_into == third


def test_a_security_report_is_never_merged_into_what_others_read(cast, board):
    report, idea = a_security_report(cast.stranger, board), an_idea(cast.owner, board)

    for key, into in [(report.key, idea.key), (idea.key, report.key), (idea.key, idea.key)]:
        with pytest.raises(CannotMerge):
            merge_ideas(actor=cast.staff.actor, key=key, into=into)


# bug reports


def test_a_bug_report_keeps_its_facts(cast, board):
    facts = BugFacts(version="1.2", environment="Linux", severity="high", commit_sha="a" * 40)

    bug = an_idea(cast.stranger, board, "It crashes", bug=facts)

    assert (bug.kind, bug.bug.version, bug.bug.severity, bug.bug.commit_sha) == (
        "bug",
        "1.2",
        "high",
        "a" * 40,
    )


def test_a_security_report_is_seen_by_its_reporter_and_the_team_alone(cast, org_board):
    report = a_security_report(cast.stranger, org_board)

    for person in (cast.stranger, cast.member, cast.owner):
        assert idea_for(person.actor, report.key) == report
    assert not visible_ideas(cast.staff.actor).exists()
    assert not visible_threads(cast.anonymous.actor).exists()
    assert not listed_ideas(cast.owner.actor).exists()
    with pytest.raises(IdeaNotFound):
        idea_for(cast.staff.actor, report.key)
    people = [person.user.pk for person in (cast.stranger, cast.member, cast.owner, cast.staff)]
    assert set(kind_of(report.thread).readers(report.thread, people)) == set(people[:3])
    assert Board.objects.get().idea_count == 0


# the changelog


def test_a_draft_is_the_teams_and_a_published_entry_tells_the_voters_of_its_ideas(cast, board):
    idea = an_idea(cast.owner, board)
    votes.vote(actor=cast.stranger.actor, key=idea.key)
    entry = changelog.create_entry(
        actor=cast.staff.actor,
        board_slug=board.slug,
        title="Version 2",
        source="**Dark** mode",
        kinds=["fixed", "added"],
        ideas=[idea.key],
    )
    assert (entry.state, entry.kinds) == (EntryState.DRAFT, ["added", "fixed"])

    published = changelog.publish_entry(actor=cast.staff.actor, key=entry.key)

    assert "<strong>Dark</strong>" in published.html
    assert notified("changelog") == ["owner", "stranger"]


def test_a_scheduled_entry_is_published_once_its_time_has_come(cast, board):
    entry = changelog.create_entry(
        actor=cast.staff.actor, board_slug=board.slug, title="Version 2", source="New"
    )
    changelog.publish_entry(actor=cast.staff.actor, key=entry.key, at=timezone.now() + timedelta(minutes=1))
    assert changelog.publish_due_entries() == 0
    due = timezone.now() - timedelta(seconds=1)
    ChangelogEntry.objects.update(published_at=due)

    assert [changelog.publish_due_entries() for _again in range(2)] == [1, 0]

    entry.refresh_from_db()
    assert (entry.state, entry.published_at) == (EntryState.PUBLISHED, due)


def test_an_entry_links_no_security_report(cast, board):
    report = a_security_report(cast.stranger, board)

    with pytest.raises(ValidationFailed):
        changelog.create_entry(
            actor=cast.staff.actor, board_slug=board.slug, title="2", source="New", ideas=[report.key]
        )
