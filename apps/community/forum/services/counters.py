"""What lists and categories show of a topic, kept in the transaction that changes it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection
from django.db.models import F
from django.db.models.functions import Greatest

from apps.core.conversations.models import Post, PostKind, PostState, Thread

from ..models import Category, Tag, Topic

FIELDS = [
    "first_post",
    "is_listed",
    "reply_count",
    "bumped_at",
    "last_author",
    "answer",
    "answered_by",
    "solved_at",
    "score_day",
    "score_week",
    "score_month",
    "score_year",
    "score_all",
]
SCORES = ("score_day", "score_week", "score_month", "score_year", "score_all")
# A reaction is worth half a post. Events and hidden posts count nothing.
RESCORE = """
UPDATE forum_topic AS topic SET score_day = new.day, score_week = new.week, score_month = new.month,
    score_year = new.year, score_all = new.whole
FROM (
    SELECT one.id,
        2 * count(post.id) FILTER (WHERE post.published_at > now() - interval '1 day')
            + coalesce(sum(likes.day), 0) AS day,
        2 * count(post.id) FILTER (WHERE post.published_at > now() - interval '7 days')
            + coalesce(sum(likes.week), 0) AS week,
        2 * count(post.id) FILTER (WHERE post.published_at > now() - interval '30 days')
            + coalesce(sum(likes.month), 0) AS month,
        2 * count(post.id) FILTER (WHERE post.published_at > now() - interval '365 days')
            + coalesce(sum(likes.year), 0) AS year,
        2 * count(post.id) + coalesce(sum(likes.whole), 0) AS whole
    FROM forum_topic AS one
    LEFT JOIN conversations_post AS post
        ON post.thread_id = one.thread_id AND post.state = 'visible' AND post.kind = 'comment'
    LEFT JOIN LATERAL (
        SELECT count(*) FILTER (WHERE reaction.created_at > now() - interval '1 day') AS day,
            count(*) FILTER (WHERE reaction.created_at > now() - interval '7 days') AS week,
            count(*) FILTER (WHERE reaction.created_at > now() - interval '30 days') AS month,
            count(*) FILTER (WHERE reaction.created_at > now() - interval '365 days') AS year,
            count(*) AS whole
        FROM conversations_reaction AS reaction WHERE reaction.post_id = post.id
    ) AS likes ON true
    WHERE one.id > %s AND one.id <= %s
    GROUP BY one.id
) AS new
WHERE new.id = topic.id AND (topic.score_day, topic.score_week, topic.score_month, topic.score_year,
    topic.score_all) IS DISTINCT FROM (new.day, new.week, new.month, new.year, new.whole)
"""
BATCH = 2000


@dataclass(frozen=True, slots=True)
class Share:
    """What a topic adds to the counts of its category and tags."""

    category_id: int
    is_public: bool
    topics: int
    posts: int
    tag_ids: frozenset[int]


def share_of(topic: Topic) -> Share:
    """Return what a topic adds now; taken before and after a change."""
    tags = frozenset(topic.topic_tags.values_list("tag_id", flat=True)) if topic.pk else frozenset()
    topics = int(topic.is_listed)
    return Share(topic.category_id, topic.category.is_public, topics, topics * (topic.reply_count + 1), tags)


def follow_post(post: Post) -> None:
    """Follow a post that appeared, changed or vanished; the row of its thread is locked."""
    topic = Topic.objects.select_for_update(of=("self",)).select_related("category").get(thread=post.thread)
    follow_thread(topic, post.thread, post)


def follow_thread(topic: Topic, thread: Thread, post: Post | None = None) -> None:
    """Bring a locked topic up to date with its locked thread.

    post  what changed; None if it were several
    """
    before = share_of(topic)
    if topic.first_post_id is None and post is not None:
        topic.first_post = post
    first = post if post is not None and post.pk == topic.first_post_id else topic.first_post
    is_shown = first is not None and first.state == PostState.VISIBLE
    has_grown = thread.post_count > topic.reply_count + (1 if topic.is_listed else 0)
    topic.is_listed = is_shown and topic.merged_into_id is None
    topic.reply_count = max(0, thread.post_count - int(is_shown))
    topic.bumped_at = thread.last_posted_at or topic.created_at
    topic.last_author_id = thread.last_author_id
    if post is not None and post.pk == topic.answer_id and not post.is_visible:
        topic.answer = topic.answered_by = topic.solved_at = None
    if post is not None and has_grown and post.is_visible and post.kind == PostKind.COMMENT:
        for name in SCORES:
            setattr(topic, name, getattr(topic, name) + 2)
    topic.save(update_fields=FIELDS)
    settle(topic, before)


def settle(topic: Topic, before: Share) -> None:
    """Move the counts of categories and tags from what a topic was to what it is."""
    after = share_of(topic)
    same_place = before.category_id == after.category_id
    changes = {before.category_id: (-before.topics, -before.posts)}
    topics, posts = changes.get(after.category_id, (0, 0))
    changes[after.category_id] = (topics + after.topics, posts + after.posts)
    # in one order, so that two moves cannot wait for each other
    for category_id, (topics, posts) in sorted(changes.items()):
        _count_in_category(category_id, topics, posts)
    if after.topics and (before != after or not same_place):
        Category.objects.filter(pk=after.category_id).update(last_topic=topic)
    _count_in_tags(before, after)


def _count_in_category(category_id: int, topics: int, posts: int) -> None:
    if topics or posts:
        Category.objects.filter(pk=category_id).update(
            topic_count=Greatest(0, F("topic_count") + topics),
            post_count=Greatest(0, F("post_count") + posts),
        )


def _count_in_tags(before: Share, after: Share) -> None:
    old = before.tag_ids if before.is_public and before.topics else frozenset()
    new = after.tag_ids if after.is_public and after.topics else frozenset()
    for tag_id in sorted(old ^ new):
        change = 1 if tag_id in new else -1
        Tag.objects.filter(pk=tag_id).update(topic_count=Greatest(0, F("topic_count") + change))


def recount_tags() -> int:
    """Count the listed public topics of all tags anew; return how many counts changed."""
    with connection.cursor() as cursor:
        cursor.execute("""
            UPDATE forum_tag AS tag SET topic_count = new.total FROM (
                SELECT one.id, count(topic.id) FILTER (WHERE topic.is_listed AND category.is_public) AS total
                FROM forum_tag AS one LEFT JOIN forum_topictag AS link ON link.tag_id = one.id
                LEFT JOIN forum_topic AS topic ON topic.id = link.topic_id
                LEFT JOIN forum_category AS category ON category.id = topic.category_id GROUP BY one.id
            ) AS new WHERE new.id = tag.id AND new.total <> tag.topic_count
        """)
        return int(cursor.rowcount)


def rescore_topics() -> int:
    """Compute the scores of all topics anew, a batch in each statement; return how many changed."""
    last = Topic.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    changed = 0
    for start in range(0, last, BATCH):
        with connection.cursor() as cursor:
            cursor.execute(RESCORE, [start, start + BATCH])
            changed += cursor.rowcount
    return changed
