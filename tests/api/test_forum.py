"""The forum: categories and their rights, topics and what people and moderators do with them."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from apps.community.forum import selectors
from apps.community.forum.access import rights_of, topic_for, visible_to
from apps.community.forum.errors import (
    BadAnswer,
    BadBallot,
    BadPoll,
    BadTags,
    BadTitle,
    CategoryHidden,
    CategoryNotEmpty,
    CategoryNotFound,
    ImpossibleMerge,
    ImpossibleSplit,
    ImpossibleTree,
    NoRepliesHere,
    NotAQuestion,
    NoTopicsHere,
    PollClosed,
    SlugTaken,
    TopicArchived,
    TopicHidden,
    TopicNotFound,
)
from apps.community.forum.models import (
    Audience,
    Ballot,
    Bookmark,
    Category,
    PinnedTo,
    PollOption,
    ResultsShown,
    Tag,
    Topic,
    TopicKind,
)
from apps.community.forum.selectors import Period, TopicFilter, TopicList
from apps.community.forum.services import (
    answers,
    bookmarks,
    categories,
    counters,
    placing,
    polls,
    surgery,
    topics,
)
from apps.core.conversations.access import thread_for, visible_posts
from apps.core.conversations.errors import ThreadLocked, ThreadNotFound
from apps.core.conversations.models import Post, PostKind, ReadMark
from apps.core.conversations.providers import kind_of
from apps.core.conversations.services import posts, reactions, threads
from apps.core.errors import Forbidden, NotFound, TokenScope, Unauthenticated
from apps.users.accounts.models import Membership, Role
from tests.forum_makers import a_category, a_private_category, a_reply, a_topic

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_store")]


@pytest.fixture
def general(cast) -> Category:
    return a_category(cast)


@pytest.fixture
def team(cast) -> Category:
    return a_private_category(cast)


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def titles(rows) -> list[str]:
    return [row.title for row in rows]


def listed(person, name=TopicList.LATEST, period=Period.WEEK, **filters) -> list[str]:
    rows = selectors.topics_for(person.actor, name, period=period, filters=TopicFilter(**filters))
    return titles(rows.order_by(*selectors.order_of(name, period)))


# categories and their rights


def test_an_organization_opens_its_category_to_its_members_alone(cast, team):
    topic = a_topic(cast.member, team)

    seen = [
        person.name
        for person in (cast.owner, cast.member, cast.staff, cast.stranger, cast.anonymous)
        if visible_to(person.actor).exists()
    ]
    assert seen == ["owner", "member", "warden"]
    with pytest.raises(TopicNotFound):
        topic_for(cast.stranger.actor, topic.public_id)
    with pytest.raises(TopicHidden):
        topic_for(cast.anonymous.actor, topic.public_id)


def test_an_absent_topic_answers_like_a_hidden_one(cast, team):
    hidden = a_topic(cast.member, team)

    for person, refusal in ((cast.stranger, TopicNotFound), (cast.anonymous, TopicHidden)):
        for public_id in (hidden.public_id, 1):
            with pytest.raises(refusal) as caught:
                topic_for(person.actor, public_id)
            assert caught.value.code == "TopicNotFound"


def test_nobody_reads_a_category_below_one_that_they_may_not_read(cast, team):
    below = a_category(cast, "Open below", parent=team)
    a_topic(cast.member, below)

    assert below.line == [team.pk, below.pk]
    assert not below.is_public
    assert not visible_to(cast.stranger.actor).exists()
    assert visible_to(cast.member.actor).exists()


def test_closing_a_category_closes_those_below_it(cast, general):
    below = a_category(cast, "Below", parent=general)
    a_topic(cast.stranger, below, tags=["first"])
    assert Tag.objects.get().topic_count == 1

    categories.update_category(
        actor=cast.staff.actor, current_slug=general.slug, read_audience=Audience.STAFF
    )

    assert not fresh(below).is_public
    assert not visible_to(cast.owner.actor).exists()
    assert Tag.objects.get().topic_count == 0


def test_a_role_decides_who_starts_topics_and_who_replies(cast):
    place = a_private_category(
        cast, read_audience=Audience.EVERYONE, create_role=Role.ADMIN, reply_role=Role.WRITE
    )
    topic = a_topic(cast.owner, place)

    a_reply(cast.member, topic)
    with pytest.raises(NoTopicsHere):
        a_topic(cast.member, place)
    with pytest.raises(NoRepliesHere):
        a_reply(cast.stranger, topic)


def test_a_fine_grained_token_reads_what_is_public_alone(cast, general, team):
    from apps.users.accounts.actors import actor_for_token
    from apps.users.accounts.models import TokenRole
    from tests.makers import a_token

    a_topic(cast.member, general, "Public")
    a_topic(cast.member, team, "Private")
    raw = a_token(cast.owner.user, TokenRole.FINE_GRAINED, grants=[{"target": "model:owner/x", "need": 4}])

    assert titles(visible_to(actor_for_token(raw))) == ["Public"]


def test_a_read_token_writes_nothing(cast, general):
    from apps.users.accounts.actors import actor_for_token
    from apps.users.accounts.models import TokenRole
    from tests.makers import a_token

    actor = actor_for_token(a_token(cast.owner.user, TokenRole.READ))

    with pytest.raises(TokenScope):
        topics.create_topic(actor=actor, category=general.slug, title="Mine", source="Text")


def test_only_staff_makes_categories(cast, general):
    with pytest.raises(NotFound):
        categories.create_category(actor=cast.owner.actor, name="Mine")
    with pytest.raises(Unauthenticated):
        categories.update_category(actor=cast.anonymous.actor, current_slug=general.slug, name="Mine")


def test_an_address_belongs_to_one_category(cast, general):
    with pytest.raises(SlugTaken):
        a_category(cast, "GENERAL", slug=general.slug)


def test_a_category_never_stands_below_itself(cast, general):
    below = a_category(cast, "Below", parent=general)

    with pytest.raises(ImpossibleTree):
        categories.update_category(actor=cast.staff.actor, current_slug=general.slug, parent=below)
    third = a_category(cast, "Third", parent=below)
    with pytest.raises(ImpossibleTree):
        a_category(cast, "Fourth", parent=third)


def test_only_an_empty_category_is_deleted(cast, general):
    a_topic(cast.stranger, general)
    empty = a_category(cast, "Empty")

    with pytest.raises(CategoryNotEmpty):
        categories.delete_category(actor=cast.staff.actor, slug=general.slug)
    categories.delete_category(actor=cast.staff.actor, slug=empty.slug)

    assert list(Category.objects.all()) == [general]


# starting and editing


def test_a_topic_is_listed_with_its_first_post(cast, general):
    topic = a_topic(cast.stranger, general, "  How   to begin ", tags=["First-Steps", "#help", "help"])

    assert topic.title == "How to begin"
    assert (topic.slug, topic.is_listed, topic.reply_count) == ("how-to-begin", True, 0)
    assert topic.first_post.number == 1
    assert sorted(topic.tags.values_list("name", flat=True)) == ["first-steps", "help"]
    assert (fresh(general).topic_count, fresh(general).post_count) == (1, 1)
    assert Tag.objects.get(name="help").topic_count == 1


def test_a_chinese_title_keeps_its_address(cast, general):
    assert a_topic(cast.stranger, general, "如何开始").get_absolute_url().startswith("/forum/t/如何开始/")


@pytest.mark.parametrize("title", ["", " x ", "x" * 201])
def test_a_title_has_a_bounded_length(cast, general, title):
    with pytest.raises(BadTitle):
        a_topic(cast.stranger, general, title)

    assert not Topic.objects.exists()


@pytest.mark.parametrize(
    "names", [[f"t{n}" for n in range(6)], [f"t{n}" for n in range(10_000)], ["a b"], ["<b>"], ["x" * 41]]
)
def test_bad_tags_are_refused(cast, general, names):
    with pytest.raises(BadTags):
        a_topic(cast.stranger, general, tags=names)

    assert not Tag.objects.exists()


def test_a_held_topic_is_seen_by_its_author_and_moderators_and_counts_nothing(cast, general):
    topic = a_topic(cast.stranger, general, tags=["news"], is_held=True)

    seen = [visible_to(person.actor).exists() for person in (cast.stranger, cast.staff, cast.owner)]
    assert seen == [True, True, False]
    assert listed(cast.staff) == listed(cast.stranger) == []
    assert (fresh(general).topic_count, Tag.objects.get().topic_count) == (0, 0)
    with pytest.raises(NoRepliesHere):
        a_reply(cast.stranger, topic)
    assert not visible_posts(cast.owner.actor).exists()


def test_approval_of_the_first_post_lists_its_topic(cast, general):
    topic = a_topic(cast.stranger, general, tags=["news"], is_held=True)

    posts.approve_post(actor=cast.staff.actor, post_id=topic.first_post_id)

    assert (fresh(topic).is_listed, fresh(general).topic_count, Tag.objects.get().topic_count) == (True, 1, 1)
    assert listed(cast.anonymous) == ["How to begin"]


def test_hiding_the_first_post_hides_the_topic_with_all_its_posts(cast, general):
    topic = a_topic(cast.stranger, general)
    a_reply(cast.owner, topic)

    posts.hide_post(actor=cast.staff.actor, post_id=topic.first_post_id)

    assert (fresh(general).topic_count, fresh(general).post_count) == (0, 0)
    with pytest.raises(ThreadNotFound):
        thread_for(cast.owner.actor, topic.thread_id)
    posts.show_post(actor=cast.staff.actor, post_id=topic.first_post_id)
    assert (fresh(general).topic_count, fresh(general).post_count) == (1, 2)


def test_replies_move_the_counts_and_the_latest_post(cast, general):
    topic = a_topic(cast.stranger, general)

    reply = a_reply(cast.owner, topic)

    topic.refresh_from_db()
    assert (topic.reply_count, topic.last_author_id) == (1, cast.owner.user.pk)
    assert topic.bumped_at == reply.published_at
    posts.delete_post(actor=cast.owner.actor, post_id=reply.pk)
    topic.refresh_from_db()
    assert (topic.reply_count, topic.last_author_id) == (0, cast.stranger.user.pk)
    assert fresh(general).post_count == 1


def test_the_author_edits_title_tags_and_kind(cast, general):
    topic = a_topic(cast.stranger, general, tags=["old", "kept"])

    topics.edit_topic(
        actor=cast.stranger.actor,
        public_id=topic.public_id,
        title="Better",
        tags=["kept", "new"],
        kind=TopicKind.QUESTION,
    )

    topic = fresh(topic)
    assert (topic.title, topic.slug, topic.key, topic.kind) == ("Better", "better", "better", "question")
    assert dict(Tag.objects.values_list("name", "topic_count")) == {"old": 0, "kept": 1, "new": 1}
    event = topic.thread.posts.get(kind=PostKind.EVENT)
    assert event.facts == {"event": "retitled", "old": "How to begin", "new": "Better"}


def test_others_do_not_edit_a_topic(cast, general):
    topic = a_topic(cast.stranger, general)

    with pytest.raises(Forbidden):
        topics.edit_topic(actor=cast.owner.actor, public_id=topic.public_id, title="Mine")


def test_announcements_are_for_moderators(cast, general, team):
    with pytest.raises(Forbidden):
        a_topic(cast.stranger, general, kind=TopicKind.ANNOUNCEMENT)
    assert a_topic(cast.owner, team, kind=TopicKind.ANNOUNCEMENT).kind == "announcement"


def test_a_category_gives_its_pace_to_new_topics(cast):
    place = a_category(cast, "Slow", slow_mode_seconds=60, closes_after_days=7)

    thread = a_topic(cast.stranger, place).thread

    assert thread.slow_mode_seconds == 60
    assert timedelta(days=6) < thread.closes_at - timezone.now() < timedelta(days=8)


# answers


@pytest.fixture
def question(cast, general) -> Topic:
    return a_topic(cast.stranger, general, "What is it?", kind=TopicKind.QUESTION)


def test_the_asker_accepts_an_answer_and_takes_it_back(cast, question):
    reply = a_reply(cast.owner, question)

    solved = answers.accept_answer(actor=cast.stranger.actor, public_id=question.public_id, post_id=reply.pk)

    assert (solved.answer_id, solved.answered_by_id) == (reply.pk, cast.owner.user.pk)
    assert titles(selectors.solved_by(cast.anonymous.actor, "Owner")) == ["What is it?"]
    cleared = answers.clear_answer(actor=cast.stranger.actor, public_id=question.public_id)
    assert (cleared.answer_id, cleared.solved_at, fresh(question).is_solved) == (None, None, False)


def test_who_may_not_accept_an_answer(cast, question, general):
    reply = a_reply(cast.owner, question)
    other = a_topic(cast.stranger, general, "Talk")
    elsewhere = a_reply(cast.owner, other)

    for actor, topic, post_id, refusal in (
        (cast.owner.actor, question, reply.pk, Forbidden),
        (cast.stranger.actor, other, elsewhere.pk, NotAQuestion),
        (cast.stranger.actor, question, elsewhere.pk, BadAnswer),
        (cast.stranger.actor, question, question.first_post_id, BadAnswer),
    ):
        with pytest.raises(refusal):
            answers.accept_answer(actor=actor, public_id=topic.public_id, post_id=post_id)


def test_a_hidden_answer_answers_nothing(cast, question):
    reply = a_reply(cast.owner, question)
    answers.accept_answer(actor=cast.staff.actor, public_id=question.public_id, post_id=reply.pk)

    posts.hide_post(actor=cast.staff.actor, post_id=reply.pk)

    assert not fresh(question).is_solved


# moderators' acts


def test_a_moved_topic_takes_its_counts_along(cast, general, team):
    topic = a_topic(cast.stranger, general, tags=["x"])
    a_reply(cast.owner, topic)

    placing.move_topic(actor=cast.staff.actor, public_id=topic.public_id, category=team.slug)

    assert (fresh(general).topic_count, fresh(general).post_count) == (0, 0)
    assert (fresh(team).topic_count, fresh(team).post_count) == (1, 2)
    assert Tag.objects.get().topic_count == 0
    assert listed(cast.anonymous) == []


def test_an_admin_of_the_organization_moderates_its_category_alone(cast, general, team):
    theirs, other = a_topic(cast.member, team), a_topic(cast.member, general)

    threads.set_locked(actor=cast.owner.actor, thread_id=theirs.thread_id, is_locked=True)

    with pytest.raises(ThreadLocked):
        a_reply(cast.member, theirs)
    with pytest.raises(Forbidden):
        threads.set_locked(actor=cast.owner.actor, thread_id=other.thread_id, is_locked=True)
    with pytest.raises(Forbidden):
        placing.pin_topic(actor=cast.owner.actor, public_id=theirs.public_id, pinned_to=PinnedTo.SITE)


def test_pinned_topics_stand_above_their_lists_until_their_time(cast, general):
    first, second = a_topic(cast.stranger, general, "First"), a_topic(cast.stranger, general, "Second")
    placing.pin_topic(actor=cast.staff.actor, public_id=first.public_id, pinned_to=PinnedTo.SITE)
    placing.pin_topic(
        actor=cast.staff.actor,
        public_id=second.public_id,
        pinned_to=PinnedTo.CATEGORY,
        until=timezone.now() + timedelta(days=1),
    )

    assert titles(selectors.pinned_topics(cast.anonymous.actor)) == ["First"]
    assert sorted(titles(selectors.pinned_topics(cast.anonymous.actor, general))) == ["First", "Second"]
    Topic.objects.update(pinned_until=timezone.now())
    assert titles(selectors.pinned_topics(cast.anonymous.actor, general)) == []
    assert placing.unpin_due_topics() == 2


def test_an_archived_topic_takes_neither_replies_nor_edits(cast, general):
    topic = a_topic(cast.stranger, general)
    placing.set_archived(actor=cast.staff.actor, public_id=topic.public_id, is_archived=True)

    with pytest.raises(TopicArchived):
        a_reply(cast.staff, topic)
    with pytest.raises(Forbidden):
        topics.edit_topic(actor=cast.stranger.actor, public_id=topic.public_id, title="Later")
    placing.set_archived(actor=cast.staff.actor, public_id=topic.public_id, is_archived=False)
    a_reply(cast.stranger, topic)


def test_a_split_moves_replies_and_their_permalinks(cast, general):
    topic = a_topic(cast.stranger, general)
    first, second, third = (a_reply(cast.owner, topic, f"Reply {n}") for n in range(3))
    bookmarks.add_bookmark(actor=cast.owner.actor, post_id=second.pk)

    new = surgery.split_topic(
        actor=cast.staff.actor, public_id=topic.public_id, post_ids=[second.pk, third.pk], title="Other"
    )

    new, topic = fresh(new), fresh(topic)
    assert [post.source for post in new.thread.posts.order_by("number")] == ["Reply 1", "Reply 2"]
    assert (new.first_post_id, new.author_id, new.is_listed, new.reply_count) == (
        second.pk,
        cast.owner.user.pk,
        True,
        1,
    )
    assert (topic.reply_count, fresh(general).topic_count, fresh(general).post_count) == (1, 2, 4)
    assert selectors.moved_post(topic, 3).pk == second.pk
    assert Bookmark.objects.get().topic == new
    a_reply(cast.member, topic, "Later")
    a_reply(cast.member, new, "Later")
    assert fresh(first).number == 2


def test_a_split_needs_replies_of_the_topic(cast, general):
    topic, other = a_topic(cast.stranger, general), a_topic(cast.stranger, general, "Other")
    elsewhere = a_reply(cast.owner, other)

    for ids in ([], [topic.first_post_id], [elsewhere.pk]):
        with pytest.raises(ImpossibleSplit):
            surgery.split_topic(actor=cast.staff.actor, public_id=topic.public_id, post_ids=ids, title="New")


def test_a_merge_appends_the_posts_and_leads_the_address_on(cast, general):
    source, target = a_topic(cast.stranger, general, "Twice"), a_topic(cast.owner, general, "Once")
    a_reply(cast.member, source, "Reply")

    surgery.merge_topics(actor=cast.staff.actor, public_id=source.public_id, into=target.public_id)

    source, target = fresh(source), fresh(target)
    assert (source.is_listed, source.merged_into) == (False, target)
    assert (target.reply_count, fresh(general).topic_count, fresh(general).post_count) == (2, 1, 3)
    assert listed(cast.anonymous) == ["Once"]
    assert topic_for(cast.anonymous.actor, source.public_id).merged_into == target
    assert selectors.moved_post(source, 2).source == "Reply"


def test_a_merge_needs_two_topics_that_one_moderates(cast, general, team):
    one, two = a_topic(cast.stranger, general), a_topic(cast.member, team)

    with pytest.raises(ImpossibleMerge):
        surgery.merge_topics(actor=cast.staff.actor, public_id=one.public_id, into=one.public_id)
    with pytest.raises(Forbidden):
        surgery.merge_topics(actor=cast.owner.actor, public_id=two.public_id, into=one.public_id)
    surgery.merge_topics(actor=cast.staff.actor, public_id=one.public_id, into=two.public_id)
    with pytest.raises(ImpossibleMerge):
        surgery.merge_topics(actor=cast.staff.actor, public_id=one.public_id, into=two.public_id)


# polls


def a_poll(person, category, **plan) -> Topic:
    chosen = polls.PollPlan(**{"options": ["Red", "Green", "Blue"], **plan})
    return a_topic(person, category, "Color?", kind=TopicKind.POLL, poll=chosen)


def votes(topic) -> list[int]:
    return list(PollOption.objects.filter(poll__topic=topic).values_list("vote_count", flat=True))


def test_a_vote_can_be_changed_and_withdrawn_and_the_totals_equal_the_ballots(cast, general):
    topic = a_poll(cast.stranger, general)

    for person, choice in ((cast.owner, [0]), (cast.member, [0]), (cast.owner, [2])):
        polls.vote(actor=person.actor, public_id=topic.public_id, positions=choice)

    assert votes(topic) == [1, 0, 1]
    assert sum(votes(topic)) == Ballot.objects.count() == topic.poll.voter_count
    polls.vote(actor=cast.owner.actor, public_id=topic.public_id, positions=[])
    assert (votes(topic), selectors.poll_of(topic).voter_count) == ([1, 0, 0], 1)


def test_several_choices_are_one_voter(cast, general):
    topic = a_poll(cast.stranger, general, max_choices=2)

    poll = polls.vote(actor=cast.owner.actor, public_id=topic.public_id, positions=[0, 2])

    assert (poll.voter_count, votes(topic)) == (1, [1, 0, 1])
    with pytest.raises(BadBallot):
        polls.vote(actor=cast.owner.actor, public_id=topic.public_id, positions=[0, 1, 2])
    with pytest.raises(BadBallot):
        polls.vote(actor=cast.owner.actor, public_id=topic.public_id, positions=[7])


def test_a_poll_closes_at_its_time(cast, general):
    topic = a_poll(cast.stranger, general, closes_at=timezone.now() + timedelta(hours=1))
    topic.poll.closes_at = timezone.now() - timedelta(seconds=1)
    topic.poll.save()

    with pytest.raises(PollClosed):
        polls.vote(actor=cast.owner.actor, public_id=topic.public_id, positions=[0])
    assert polls.close_due_polls() == 1


def test_its_author_closes_a_poll_and_others_do_not(cast, general):
    topic = a_poll(cast.stranger, general)

    with pytest.raises(Forbidden):
        polls.close_poll(actor=cast.owner.actor, public_id=topic.public_id)
    polls.close_poll(actor=cast.stranger.actor, public_id=topic.public_id)

    with pytest.raises(PollClosed):
        polls.vote(actor=cast.owner.actor, public_id=topic.public_id, positions=[0])


def test_results_wait_for_the_vote_or_the_end(cast, general):
    topic = a_poll(cast.stranger, general, results_shown=ResultsShown.AFTER_VOTE)
    poll = selectors.poll_of(topic)

    assert [selectors.shows_results(poll, choices) for choices in ((), (1,))] == [False, True]
    poll.results_shown = ResultsShown.CLOSED
    assert not selectors.shows_results(poll, (1,))


@pytest.mark.parametrize(
    "plan",
    [
        {"options": ["One"]},
        {"options": ["Same", "Same"]},
        {"options": ["A", ""]},
        {"options": [str(n) for n in range(21)]},
        {"options": ["A", "B"], "max_choices": 3},
    ],
)
def test_a_poll_needs_different_options(cast, general, plan):
    with pytest.raises(BadPoll):
        a_poll(cast.stranger, general, **plan)

    assert not Topic.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_twenty_votes_at_once_from_one_person_are_one(cast):
    topic = a_poll(cast.stranger, a_category(cast))
    actor = cast.owner.actor

    def vote(position):
        polls.vote(actor=actor, public_id=topic.public_id, positions=[position % 3])
        connection.close()

    voters = [threading.Thread(target=vote, args=(place,)) for place in range(20)]
    for one in voters:
        one.start()
    for one in voters:
        one.join()

    assert Ballot.objects.count() == sum(votes(topic)) == 1


# lists


def test_the_lists_of_a_reader(cast, general):
    old = a_topic(cast.stranger, general, "Old")
    new = a_topic(cast.owner, general, "New")
    a_reply(cast.member, old)

    assert listed(cast.anonymous) == ["Old", "New"]
    assert listed(cast.anonymous, TopicList.NEW) == ["New", "Old"]
    assert listed(cast.anonymous, TopicList.UNANSWERED) == ["New"]
    assert listed(cast.owner, TopicList.MINE) == ["New"]
    assert listed(cast.anonymous, TopicList.MINE) == listed(cast.anonymous, TopicList.UNREAD) == []
    assert listed(cast.owner, TopicList.NEW) == ["Old"]
    assert new.reply_count == 0


def test_unread_drops_when_the_topic_is_read(cast, general):
    topic = a_topic(cast.stranger, general)
    a_reply(cast.owner, topic)
    assert listed(cast.stranger, TopicList.UNREAD) == ["How to begin"]

    from apps.core.conversations.services.reading import mark_read

    mark_read(actor=cast.stranger.actor, thread_id=topic.thread_id, number=2)

    assert selectors.unread_count(cast.stranger.actor) == 0
    assert ReadMark.objects.filter(thread=topic.thread).count() == 2


def test_top_counts_posts_and_reactions_of_the_period(cast, general):
    quiet, lively = a_topic(cast.stranger, general, "Quiet"), a_topic(cast.stranger, general, "Lively")
    reply = a_reply(cast.owner, lively)
    reactions.set_reaction(actor=cast.member.actor, post_id=reply.pk, emoji="👍", is_on=True)

    counters.rescore_topics()

    assert listed(cast.anonymous, TopicList.TOP, Period.DAY) == ["Lively", "Quiet"]
    assert (fresh(lively).score_week, fresh(quiet).score_week) == (5, 2)
    Post.objects.update(published_at=timezone.now() - timedelta(days=3))
    counters.rescore_topics()
    assert (fresh(lively).score_day, fresh(lively).score_week) == (1, 5)


def test_lists_are_narrowed_by_category_tag_author_and_answer(cast, general, team):
    below = a_category(cast, "Below", parent=general)
    a_topic(cast.stranger, below, "Deep", tags=["t"])
    a_topic(cast.owner, general, "Asked", kind=TopicKind.QUESTION)

    assert sorted(listed(cast.anonymous, category=general)) == ["Asked", "Deep"]
    assert listed(cast.anonymous, tag="T") == ["Deep"]
    assert listed(cast.anonymous, author="OWNER") == ["Asked"]
    assert listed(cast.anonymous, kind="question", is_solved=False) == ["Asked"]


def test_the_search_reads_titles_and_posts_in_english_and_chinese(cast, general):
    topic = a_topic(cast.stranger, general, "Tokenizer trouble", source="The vocabulary is too small")
    a_topic(cast.stranger, general, "模型训练很慢", source="显存不足怎么办")
    a_reply(cast.owner, topic, "Raise the merges")

    assert listed(cast.anonymous, q="tokenizer merges") == ["Tokenizer trouble"]
    assert listed(cast.anonymous, q="训练") == ["模型训练很慢"]
    assert listed(cast.anonymous, q="显存不足") == ["模型训练很慢"]
    assert listed(cast.anonymous, q="!!") == []


def test_similar_topics_are_found_while_one_types(cast, general, team):
    a_topic(cast.stranger, general, "Training stops after one epoch")
    a_topic(cast.member, team, "Training stops in private")

    assert titles(selectors.similar_topics(cast.anonymous.actor, "why does trainig stop")) == [
        "Training stops after one epoch"
    ]


def test_tags_of_private_topics_are_not_listed(cast, general, team):
    a_topic(cast.stranger, general, tags=["open"])
    a_topic(cast.member, team, tags=["secret"])

    assert [tag.name for tag in selectors.tags_for(cast.member.actor)] == ["open"]
    with pytest.raises(NotFound):
        selectors.tag_for(cast.stranger.actor, "secret")
    assert selectors.tag_for(cast.member.actor, "secret").name == "secret"


def test_bookmarks_show_what_one_may_still_see(cast, team):
    topic = a_topic(cast.member, team)
    bookmarks.add_bookmark(actor=cast.member.actor, post_id=topic.first_post_id, note="Read")
    assert [mark.note for mark in selectors.bookmarks_of(cast.member.actor)] == ["Read"]

    Membership.objects.filter(user=cast.member.user).delete()

    assert not selectors.bookmarks_of(cast.member.actor).exists()


def test_those_are_told_who_may_read(cast, general, team):
    people = [one.user.pk for one in (cast.owner, cast.member, cast.stranger, cast.staff)]
    private, public = a_topic(cast.member, team).thread, a_topic(cast.member, general, tags=["x"]).thread

    assert kind_of(private).readers(private, people) == {people[0], people[1], people[3]}
    assert kind_of(public).readers(public, people) == set(people)
    assert kind_of(public).targets(public) == [public.target, "tag:x", f"category:{general.pk}"]


def test_a_moderator_is_the_only_reader_of_a_staff_category(cast):
    place = a_category(cast, "Desk", read_audience=Audience.STAFF)

    with pytest.raises(CategoryNotFound):
        a_topic(cast.owner, place)
    with pytest.raises(CategoryHidden):
        a_topic(cast.anonymous, place)
    assert place.pk in rights_of(cast.staff.actor).create
