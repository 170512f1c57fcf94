"""Reading the forum: lists of topics, categories, tags, polls, bookmarks, redirects."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.contrib.postgres.search import SearchVectorField, TrigramWordSimilarity
from django.db.models import Exists, F, Func, OuterRef, Q, QuerySet
from django.utils import timezone

from apps.core.actor import Actor
from apps.core.conversations.models import Post, PostKind, PostState, ReadMark
from apps.core.search.providers import matches_terms
from apps.core.search.words import SearchQuery, fold, word_terms
from apps.users.accounts.models import Namespace

from .access import Rights, category_for, rights_among, rights_of, topics_within, visible_categories
from .errors import TagNotFound, TopicNotFound
from .models import (
    Ballot,
    Bookmark,
    Category,
    MovedPost,
    PinnedTo,
    Poll,
    Redirect,
    ResultsShown,
    Tag,
    Topic,
    TopicTag,
)

NEW_DAYS = 30
PINNED_LIMIT, SIMILAR_LIMIT = 10, 5
TITLE_TERMS = Func(F("title"), function="search_names", output_field=SearchVectorField())
POST_TERMS = Func(F("source"), function="search_names", output_field=SearchVectorField())


class TopicList(StrEnum):
    """The lists of topics."""

    LATEST = "latest"
    NEW = "new"
    UNREAD = "unread"
    TOP = "top"
    UNANSWERED = "unanswered"
    MINE = "mine"


class Period(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class TopicFilter:
    """Which topics a list shows; empty fields do not limit it.

    category  with its subcategories
    q         words in titles and posts
    after, before  of the first post
    """

    category: Category | None = None
    tag: str = ""
    author: str = ""
    kind: str = ""
    q: str = ""
    is_solved: bool | None = None
    after: datetime | None = None
    before: datetime | None = None


NO_FILTER = TopicFilter()


def order_of(name: TopicList, period: Period = Period.WEEK) -> tuple[str, ...]:
    """Return the order of a list, as pages by cursor take it."""
    if name is TopicList.TOP:
        return (f"-score_{period.value}", "-id")
    if name in (TopicList.NEW, TopicList.MINE):
        return ("-created_at", "-id")
    return ("-bumped_at", "-id")


def topics_for(
    actor: Actor,
    name: TopicList = TopicList.LATEST,
    *,
    filters: TopicFilter = NO_FILTER,
    period: Period = Period.WEEK,
    rights: Rights | None = None,
) -> QuerySet[Topic]:
    """Return the topics of a list that the actor may read, in no order yet (`order_of`)."""
    rights = rights or rights_of(actor)
    listed = Topic.objects.filter(is_listed=True, category_id__in=rights.read)
    rows = _filtered(_in_list(actor, name, listed, period, rights), filters)
    return with_parts(rows)


def with_parts(rows: QuerySet[Topic]) -> QuerySet[Topic]:
    """Read with topics what their rows on pages show; texts of posts stay in the database."""
    related = rows.select_related(
        "thread", "category", "author", "author__namespace", "last_author", "last_author__namespace"
    )
    return related.prefetch_related("tags")


# a topic's own columns that its row in a list shows
ROW_FIELDS = (
    "public_id",
    "thread__last_number",
    "thread__is_locked",
    "category_id",
    "author_id",
    "last_author_id",
    "kind",
    "title",
    "slug",
    "reply_count",
    "created_at",
    "bumped_at",
    "answer_id",
    "archived_at",
)


def for_rows(rows: QuerySet[Topic]) -> QuerySet[Topic]:
    """Read of topics only what `topic_rows` needs; it reads people, tags and categories for all at once."""
    own = rows.select_related(None).prefetch_related(None).select_related("thread")
    return own.only(*ROW_FIELDS)


def latest_topics(actor: Actor, count: int) -> list[Topic]:
    """Return the topics with the newest posts, for pages of others, with their categories alone."""
    rows = topics_for(actor).select_related(None).prefetch_related(None).select_related("category")
    return list(rows.order_by(*order_of(TopicList.LATEST))[:count])


def _in_list(
    actor: Actor, name: TopicList, listed: QuerySet[Topic], period: Period, rights: Rights
) -> QuerySet[Topic]:
    if name is TopicList.TOP:
        return listed.filter(**{f"score_{period.value}__gt": 0})
    if name is TopicList.UNANSWERED:
        return listed.filter(reply_count=0)
    if name is TopicList.MINE:
        own = topics_within(actor, rights).filter(author_id=actor.user_id, merged_into=None)
        return own if actor.user_id is not None else listed.none()
    marks = ReadMark.objects.filter(user_id=actor.user_id or 0, thread_id=OuterRef("thread_id"))
    if name is TopicList.UNREAD:
        if actor.user_id is None:
            return listed.none()
        return listed.filter(Exists(marks.filter(number__lt=OuterRef("thread__last_number"))))
    if name is TopicList.NEW and actor.user_id is not None:
        recent = listed.filter(created_at__gt=timezone.now() - timedelta(days=NEW_DAYS))
        return recent.filter(~Exists(marks))
    return listed


def _filtered(rows: QuerySet[Topic], filters: TopicFilter) -> QuerySet[Topic]:
    if filters.category is not None:
        rows = rows.filter(category__line__contains=[filters.category.pk])
    if filters.tag:
        rows = rows.filter(tags__name=filters.tag.casefold())
    if filters.author:
        rows = rows.filter(author__namespace__key=filters.author.casefold())
    if filters.kind:
        rows = rows.filter(kind=filters.kind)
    if filters.is_solved is not None:
        rows = rows.filter(answer__isnull=not filters.is_solved)
    if filters.after is not None:
        rows = rows.filter(created_at__gte=filters.after)
    if filters.before is not None:
        rows = rows.filter(created_at__lt=filters.before)
    if filters.q:
        rows = rows.filter(matches_topic(SearchQuery.of(filters.q)))
    return rows


def matches_topic(query: SearchQuery) -> Q:
    """Return the condition that each word is in the title or in a visible post of a topic."""
    if not query.words:
        return Q(pk__in=[])
    condition = Q()
    for word in query.words:
        posts = Post.objects.filter(
            matches_terms(word_terms(word), POST_TERMS), state=PostState.VISIBLE, kind=PostKind.COMMENT
        )
        match = matches_terms(word_terms(word), TITLE_TERMS) | Q(thread_id__in=posts.values("thread_id"))
        condition &= match | Q(key__contains=word) if len(word) > 2 and word.isascii() else match
    return condition


def pinned_topics(
    actor: Actor, category: Category | None = None, rights: Rights | None = None
) -> list[Topic]:
    """Return the topics pinned above all lists, or those pinned above the lists of a category."""
    rights = rights or rights_of(actor)
    rows = Topic.objects.filter(is_listed=True, category_id__in=rights.read)
    rows = rows.filter(Q(pinned_until=None) | Q(pinned_until__gt=timezone.now()))
    where = Q(pinned_to=PinnedTo.SITE)
    if category is not None:
        within = Q(category__line__contains=[category.pk])
        where = (where & within) | Q(pinned_to=PinnedTo.CATEGORY, category=category)
    return list(for_rows(rows.filter(where).order_by("-bumped_at", "-id"))[:PINNED_LIMIT])


def similar_topics(actor: Actor, title: str) -> list[Topic]:
    """Return topics whose title shares words with one that is being typed, most similar first."""
    title = " ".join(title.split())[:200]
    if len(title) < 3:
        return []
    words = [word_terms(word) for word in SearchQuery.of(title).words if len(word) > 1]
    condition = Q(key__trigram_word_similar=fold(title))
    if words:
        condition |= matches_terms(" | ".join(f"({one})" for one in words), TITLE_TERMS)
    rows = Topic.objects.filter(condition, is_listed=True, category_id__in=rights_of(actor).read)
    ranked = rows.annotate(similarity=TrigramWordSimilarity(fold(title), "key"))
    return list(ranked.order_by("-similarity", "-bumped_at")[:SIMILAR_LIMIT])


# what a person has read


def read_marks(actor: Actor, topics: Iterable[Topic]) -> dict[int, int]:
    """Return how far the actor has read, by topic id; topics never opened are absent."""
    if actor.user_id is None:
        return {}
    by_thread = {topic.thread_id: topic.pk for topic in topics}
    rows = ReadMark.objects.filter(user_id=actor.user_id, thread_id__in=by_thread)
    return {by_thread[thread_id]: number for thread_id, number in rows.values_list("thread_id", "number")}


def unread_count(actor: Actor, most: int = 100) -> int:
    """Return how many topics have posts that the actor has not read, at most `most`."""
    rows = topics_for(actor, TopicList.UNREAD)
    return rows.order_by().values("pk")[:most].count() if actor.user_id is not None else 0


def homes_of(user_ids: Collection[int]) -> dict[int, Namespace]:
    """Return the namespaces of people by user id, with what shows a person in a list."""
    rows = Namespace.objects.filter(person__in=user_ids).annotate(user_id=F("person__pk"))
    return {home.user_id: home for home in rows.only("name", "avatar")}


# categories and tags


@dataclass(frozen=True, slots=True)
class CategoryNode:
    """A category with those right below it that the reader may see."""

    category: Category
    children: Sequence[CategoryNode]
    can_create: bool


def category_tree(actor: Actor, rights: Rights | None = None) -> list[CategoryNode]:
    """Return the categories that the actor may read, as a tree, with their last topics."""
    found = list(Category.objects.select_related("last_topic"))
    return _tree(found, rights or rights_among(actor, found))


def rights_and_tree(actor: Actor) -> tuple[Rights, list[CategoryNode]]:
    """Return what the actor may do where, and the categories as they stand next to a list: in one query."""
    found = list(Category.objects.defer("about", "template"))
    rights = rights_among(actor, found)
    return rights, _tree(found, rights)


def _tree(found: Iterable[Category], rights: Rights) -> list[CategoryNode]:
    by_parent: dict[int | None, list[Category]] = {}
    for row in found:
        if row.pk in rights.read:
            by_parent.setdefault(row.parent_id, []).append(row)
    return _nodes(None, by_parent, rights)


def _nodes(
    parent_id: int | None, by_parent: Mapping[int | None, list[Category]], rights: Rights
) -> list[CategoryNode]:
    return [
        CategoryNode(row, _nodes(row.pk, by_parent, rights), row.pk in rights.create)
        for row in by_parent.get(parent_id, [])
    ]


def flat_tree(nodes: Sequence[CategoryNode]) -> list[CategoryNode]:
    """Return the categories of a tree, each before those below it."""
    return [one for node in nodes for one in (node, *flat_tree(node.children))]


def categories_for(actor: Actor) -> QuerySet[Category]:
    """Return the categories that the actor may read."""
    return visible_categories(actor).select_related("parent", "organization")


def tag_names(topics: Collection[Topic]) -> dict[int, list[str]]:
    """Return the names of the tags of topics, by topic id."""
    found: dict[int, list[str]] = {}
    rows = TopicTag.objects.filter(topic__in=[topic.pk for topic in topics]).order_by("pk")
    for topic_id, name in rows.values_list("topic_id", "tag__name"):
        found.setdefault(topic_id, []).append(name)
    return found


def tags_for(actor: Actor, q: str = "") -> QuerySet[Tag]:
    """Return the tags in use in public categories; those of private ones would tell what is in them."""
    rows = Tag.objects.filter(topic_count__gt=0)
    return rows.filter(name__contains=q.casefold()[:40]) if q else rows


def visible_tags(actor: Actor) -> QuerySet[Tag]:
    """Return the tags of topics that the actor may read."""
    topics = Topic.objects.filter(is_listed=True, category_id__in=rights_of(actor).read)
    used = TopicTag.objects.filter(topic__in=topics, tag_id=OuterRef("pk"))
    return Tag.objects.filter(Q(topic_count__gt=0) | Exists(used))


def tag_for(actor: Actor, name: str) -> Tag:
    """Return a tag of a topic that the actor may read.

    raises  TagNotFound
    """
    tag = visible_tags(actor).filter(name=name.casefold()).first()
    if tag is None:
        raise TagNotFound
    return tag


# polls


def poll_of(topic: Topic) -> Poll | None:
    return Poll.objects.prefetch_related("options").filter(topic=topic).first()


def own_choices(actor: Actor, poll: Poll) -> set[int]:
    """Return the positions of the options that the actor chose."""
    if actor.user_id is None:
        return set()
    rows = Ballot.objects.filter(option__poll=poll, user_id=actor.user_id)
    return set(rows.values_list("option__position", flat=True))


def shows_results(poll: Poll, choices: Collection[int]) -> bool:
    """Return whether a reader with these choices sees the numbers."""
    if poll.is_closed or poll.results_shown == ResultsShown.ALWAYS:
        return True
    return poll.results_shown == ResultsShown.AFTER_VOTE and bool(choices)


# bookmarks, profiles, former addresses


def bookmarks_of(actor: Actor) -> QuerySet[Bookmark]:
    """Return the actor's bookmarks of posts that they may still see."""
    if actor.user_id is None:
        return Bookmark.objects.none()
    rows = Bookmark.objects.filter(user_id=actor.user_id, topic__in=topics_within(actor, rights_of(actor)))
    seen = Q(post__state=PostState.VISIBLE) | Q(post__author_id=actor.user_id)
    return rows.filter(seen).select_related(
        "topic", "topic__category", "post", "post__author", "post__author__namespace"
    )


def marked_posts(actor: Actor, post_ids: Collection[int]) -> set[int]:
    """Return which of some posts the actor has marked."""
    if actor.user_id is None:
        return set()
    rows = Bookmark.objects.filter(user_id=actor.user_id, post_id__in=post_ids)
    return set(rows.values_list("post_id", flat=True))


def posts_by(actor: Actor, author: str, rights: Rights | None = None) -> QuerySet[Post]:
    """Return what a person wrote in topics that the actor may read, without a fixed order."""
    rights = rights or rights_of(actor)
    rows = Post.objects.filter(
        state=PostState.VISIBLE,
        kind=PostKind.COMMENT,
        author__namespace__key=author.casefold(),
        thread__topic__is_listed=True,
        thread__topic__category_id__in=rights.read,
    )
    return rows.select_related("thread__topic__category", "author", "author__namespace")


def solved_by(actor: Actor, author: str) -> QuerySet[Topic]:
    """Return the questions that a person answered."""
    rows = topics_for(actor)
    return rows.filter(answered_by__namespace__key=author.casefold(), answer__isnull=False)


def moved_post(topic: Topic, number: int) -> Post | None:
    """Return the post that once had this number in a topic, if a split or a merge moved it."""
    row = MovedPost.objects.select_related("post__thread__topic").filter(topic=topic, number=number).first()
    return row.post if row else None


def redirect_for(path: str) -> Redirect | None:
    """Return where an address of an imported site leads."""
    rows = Redirect.objects.select_related("topic", "category", "post__thread__topic")
    return rows.filter(path=path[:300]).first()


def category_named(actor: Actor, slug: str) -> Category:
    """Return a category that the actor may read, which a query names.

    raises  CategoryNotFound
    """
    return category_for(actor, slug)


def public_topic(public_id: int) -> Topic:
    """Return a topic that everybody reads.

    raises  TopicNotFound
    """
    topic = with_parts(
        Topic.objects.filter(is_listed=True, category__is_public=True, public_id=public_id)
    ).first()
    if topic is None:
        raise TopicNotFound
    return topic
