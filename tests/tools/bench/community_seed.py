"""Seeds a talkative site: `python -m tests.tools.bench.community_seed '{"topics": 200, …}'`.

Rows are written by COPY, with the texts that services would have stored. Prints what a benchmark asks for.
"""

from __future__ import annotations

import json
import os
import random
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ecosystem.settings")
django.setup()

from django.conf import settings
from django.core.management.color import no_style
from django.db import connection, models, transaction
from django.test import Client

from apps.community.forum.models import Category, Tag, Topic, TopicKind, TopicTag
from apps.community.forum.services.categories import create_category
from apps.community.forum.services.counters import recount_tags, rescore_topics
from apps.community.forum.services.threads import THREAD_KIND
from apps.core.conversations.models import Post, Reaction, ReadMark, Thread
from apps.core.conversations.notifications import POST, excerpt_of, source_of
from apps.core.conversations.providers import ThreadPlace
from apps.core.conversations.rendering import VERSION, render_post
from apps.core.conversations.services.reactions import REACTIONS
from apps.core.notifications.models import Event, Level, Notification, Reason, Subscription
from apps.users.accounts.actors import actor_for_user
from apps.users.accounts.models import Namespace, User
from apps.users.accounts.services import create_person
from tests.tools.bench.seed import SENTENCES, THINGS, WORDS, without_indexes

READER, EDITOR = "reader", "editor"
CATEGORIES = ("Announcements", "Help", "Models", "Datasets", "Training", "Show and tell", "Ideas", "中文")
SHORT_POSTS, TEXTS = 20, 400
BEGIN, DAYS = datetime(2024, 1, 1, tzinfo=UTC), 900
CODE = "\n\n```python\nfor {0} in {1}:\n    print({0}.score, round({0}.loss / 2, 3))\n```\n"
LIST = "\n\n- first **{0}**, see the [topic]({2})\n- then `{1}`\n- and last the *{0}* of {1}\n"
TABLE = "\n\n| {0} | {1} |\n|---|---|\n| 1 | 0.92 |\n| 2 | 0.87 |\n"


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is on a site.

    long     posts of the longest topic
    told     notifications in all
    own      notifications of the reader, who watches as many topics
    """

    topics: int
    posts: int
    people: int
    long: int
    told: int
    own: int


def copy_rows(model: type[models.Model], rows: Iterable[models.Model]) -> None:
    """Write rows, with the next ids unless they have one; what a model fills in by itself is filled in."""
    fields, table, first = model._meta.local_concrete_fields, model._meta.db_table, next_id(model)
    names = ", ".join(f'"{field.column}"' for field in fields)
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
        for number, row in enumerate(rows, first):
            row.pk = row.pk or number
            copy.write_row(
                [field.get_db_prep_save(field.pre_save(row, True), connection) for field in fields]
            )


def next_id(model: type[models.Model]) -> int:
    return (model.objects.order_by("-pk").values_list("pk", flat=True).first() or 0) + 1


def people(count: int) -> list[int]:
    """Create people without passwords and return their ids."""
    names = [f"{WORDS[place % len(WORDS)]}-{place}" for place in range(count)]
    homes = Namespace.objects.bulk_create(Namespace(name=name, key=name) for name in names)
    made = User.objects.bulk_create(
        User(username=home.name, email=f"{home.name}@example.com", namespace=home, password="!")
        for home in homes
    )
    return [person.pk for person in made]


@dataclass(frozen=True, slots=True)
class Text:
    source: str
    html: str
    mentions: list[str]
    references: list[str]


class Talk:
    """Draws topics and posts from a seed, so that sites of the same size are alike."""

    def __init__(self, size: Size, authors: list[int], categories: list[Category], tags: list[Tag]) -> None:
        self.chance, self.size = random.Random(1), size
        self.authors, self.categories, self.tags = authors, categories, tags
        self.first_topic, self.first_post = next_id(Topic), next_id(Post)
        self.first_thread = next_id(Thread)
        self.lengths = self._lengths()
        self.topics: list[Topic] = []
        self.threads: list[Thread] = []

    def _lengths(self) -> list[int]:
        """Return how many posts each topic has: a long one, a short one, a few popular ones, and the rest."""
        size, rest = self.size, self.size.topics - 2
        left = size.posts - size.long - SHORT_POSTS - rest
        ends = [0, *sorted(int(left * self.chance.random() ** 2) for _ in range(rest - 1)), left]
        return [size.long, SHORT_POSTS, *(1 + ends[at + 1] - ends[at] for at in range(rest))]

    def title(self) -> str:
        if self.chance.random() < 0.3:
            return f"{self.chance.choice(THINGS)}怎么开始？"
        form = self.chance.choice(("How to use {0} with {1}", "{0} is slower than {1}", "{0} for {1}"))
        return form.format(*self.chance.sample(WORDS, 2)).capitalize()

    def texts(self) -> list[Text]:
        """Return texts with code, lists, tables and links, rendered as posts are."""
        path, found = self.topics[0].get_absolute_url(), []
        for _ in range(TEXTS):
            words = [*self.chance.sample(WORDS, 2), path]
            parts = [self.chance.choice(SENTENCES).format(*words) for _ in range(self.chance.randint(1, 6))]
            parts += self.chance.choices(
                ("", CODE.format(*words), LIST.format(*words), TABLE.format(*words)), (6, 2, 1, 1)
            )
            parts += [f"用于{self.chance.choice(THINGS)}。"] if self.chance.random() < 0.2 else []
            source = " ".join(parts)
            shown = render_post(source)
            found.append(Text(source, shown.html, shown.mentions, shown.references))
        return found

    def make_topics(self) -> None:
        post_id = self.first_post
        for place, count in enumerate(self.lengths):
            created = BEGIN + timedelta(days=DAYS * self.chance.random())
            bumped = created + timedelta(days=min(60, DAYS) * self.chance.random())
            last = self.chance.choice(self.authors)
            thread = Thread(
                pk=self.first_thread + place,
                kind=THREAD_KIND,
                last_number=count,
                post_count=count,
                last_posted_at=bumped,
                last_author_id=last,
            )
            topic = Topic(
                pk=self.first_topic + place,
                thread=thread,
                category=self.chance.choice(self.categories),
                author_id=self.chance.choice(self.authors),
                kind=self.chance.choices((TopicKind.DISCUSSION, TopicKind.QUESTION), (3, 1))[0],
                title=self.title(),
                is_listed=True,
                reply_count=count - 1,
                created_at=created,
                bumped_at=bumped,
                last_author_id=last,
            )
            topic.key, topic.slug = topic.title.casefold(), f"topic-{place}"
            topic.first_post_id = post_id
            post_id += count
            self.topics.append(topic)
            self.threads.append(thread)

    def posts(self) -> Iterator[Post]:
        """Yield the posts of all topics, in the order of their ids."""
        texts, post_id, chance = self.texts(), self.first_post, self.chance
        for topic, thread, count in zip(self.topics, self.threads, self.lengths, strict=True):
            step = (topic.bumped_at - topic.created_at) / count
            for number in range(1, count + 1):
                text = chance.choice(texts)
                is_answer = number > 2 and chance.random() < 0.3
                yield Post(
                    pk=post_id,
                    thread=thread,
                    number=number,
                    author_id=topic.author_id if number == 1 else chance.choice(self.authors),
                    reply_to_id=post_id - chance.randint(1, number - 1) if is_answer else None,
                    source=text.source,
                    html=text.html,
                    html_version=VERSION,
                    mentions=text.mentions,
                    references=text.references,
                    reactions={REACTIONS[0]: 2} if number % 10 == 0 else {},
                    published_at=topic.created_at + step * number,
                )
                post_id += 1

    def reactions(self) -> Iterator[Reaction]:
        """Yield two reactions to every tenth post."""
        post_id = self.first_post
        for count in self.lengths:
            for number in range(10, count + 1, 10):
                for user_id in self.chance.sample(self.authors, 2):
                    yield Reaction(post_id=post_id + number - 1, user_id=user_id, emoji=REACTIONS[0])
            post_id += count

    def topic_tags(self) -> Iterator[TopicTag]:
        weights = list(accumulate(1 / (place + 1) for place in range(len(self.tags))))
        for topic in self.topics:
            drawn = self.chance.choices(self.tags, cum_weights=weights, k=3)
            for tag in dict.fromkeys(drawn):
                yield TopicTag(topic=topic, tag=tag)

    def read_marks(self, user_id: int) -> Iterator[ReadMark]:
        """Yield how far the reader is: two topics in three were opened, half of these were read."""
        for place, (thread, count) in enumerate(zip(self.threads, self.lengths, strict=True)):
            if place < 2 or self.chance.random() < 0.67:
                number = count if self.chance.random() < 0.5 else self.chance.randint(1, count)
                yield ReadMark(user_id=user_id, thread=thread, number=1 if place < 2 else number)

    def write(self) -> None:
        self.make_topics()
        copy_rows(Thread, self.threads)
        copy_rows(Post, self.posts())
        copy_rows(Topic, self.topics)
        copy_rows(TopicTag, self.topic_tags())
        copy_rows(Reaction, self.reactions())


def write_inboxes(talk: Talk, reader: int) -> None:
    """Tell people of the newest posts: the reader of many, everybody else of as many as there are left."""
    size, chance = talk.size, random.Random(2)
    newest = Post.objects.select_related("thread__topic").order_by("-pk")[: size.own]
    events = []
    for post in newest:
        topic = post.thread.topic
        event = Event(
            kind=POST,
            source=source_of(post),
            title=topic.title,
            path=ThreadPlace(topic.title, topic.get_absolute_url()).post_path(post.number),
            excerpt=excerpt_of(post),
            actor_id=post.author_id,
            targets=[f"thread:{post.thread_id}", f"category:{topic.category_id}"],
            mail_thread=f"thread:{post.thread_id}",
            facts={"thread": post.thread_id, "number": post.number},
            finished_at=post.published_at,
        )
        events.append(event)
    copy_rows(Event, events)
    each = min(max(1, (size.told - size.own) // len(events)), len(talk.authors))
    pairs = [(event, user_id) for event in events for user_id in (reader, *chance.sample(talk.authors, each))]
    copy_rows(
        Notification,
        (
            Notification(
                event=event,
                user_id=user_id,
                kind=POST,
                reason=Reason.WATCHING,
                read_at=event.finished_at if place % 3 == 0 else None,
            )
            for place, (event, user_id) in enumerate(pairs)
        ),
    )
    watched = (f"thread:{thread.pk}" for thread in talk.threads[: size.own])
    copy_rows(
        Subscription,
        (Subscription(user_id=reader, target=target, level=Level.WATCH) for target in watched),
    )


WRITTEN = (Thread, Post, Topic, TopicTag, Reaction, ReadMark, Event, Notification, Subscription)


def count_again() -> None:
    """Bring the counts of categories, tags and lists in line with the rows."""
    recount_tags()
    rescore_topics()
    for category in Category.objects.all():
        topics = Topic.objects.filter(category=category)
        total = topics.aggregate(posts=models.Sum("thread__post_count"))["posts"]
        category.topic_count, category.post_count = topics.count(), total or 0
        category.last_topic = topics.order_by("-bumped_at").first()
        category.save()


def make_community(size: Size) -> dict[str, Any]:
    """Fill a site that has no topics yet; return what a reader asks of it."""
    with transaction.atomic(), connection.cursor() as cursor:
        editor = create_person(EDITOR, email="editor@example.com", is_staff=True)
        reader = create_person(READER, email="reader@example.com")
        actor = actor_for_user(editor)
        categories = [create_category(actor=actor, name=name) for name in CATEGORIES]
        tags = Tag.objects.bulk_create(Tag(name=f"{word}-talk") for word in WORDS)
        talk = Talk(size, people(size.people), categories, tags)
        with without_indexes(cursor, *(model._meta.db_table for model in WRITTEN)):
            talk.write()
            copy_rows(ReadMark, talk.read_marks(reader.pk))
            write_inboxes(talk, reader.pk)
        for statement in connection.ops.sequence_reset_sql(no_style(), WRITTEN):
            cursor.execute(statement)
        cursor.execute("ANALYZE")
        count_again()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return {
        "long": talk.topics[0].get_absolute_url(),
        "short": talk.topics[1].get_absolute_url(),
        "topics": [topic.get_absolute_url() for topic in talk.topics[2:102]],
        "category": categories[1].slug,
        "tag": tags[0].name,
        "cookie": session_of(reader),
        "size": asdict(size),
    }


def session_of(person: User) -> str:
    """Return the cookie of a browser in which a person has signed in."""
    browser = Client()
    browser.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return browser.cookies[settings.SESSION_COOKIE_NAME].value


if __name__ == "__main__":
    print(json.dumps(make_community(Size(**json.loads(sys.argv[1])))))
