"""Importing a Discourse site: categories, people, topics, posts, solved marks, old addresses.

Each row is one transaction that remembers what it made (`ImportedRow`), so an import that was killed goes on
where it stopped, and a second run makes nothing twice. A row that cannot be read is reported and left out.
Nobody is told of imported posts, since they are not announced. People are matched by confirmed email address;
the others stay as posts without an account, with their name in a first line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import Count, F, Q
from django.utils.text import slugify
from django.utils.translation import gettext as _

from apps.core.conversations.models import SOURCE_LIMIT_CHARACTERS, Post, PostKind, PostState, Thread
from apps.core.conversations.rendering import VERSION, render_post
from apps.core.conversations.services.moving import recount_thread

from ...errors import BadTags
from ...models import Audience, Category, ImportedRow, PinnedTo, Redirect, Topic, TopicKind
from ..categories import next_color
from ..counters import follow_thread, rescore_topics
from ..tagging import parse_tags, set_tags
from ..topics import start_topic
from .reading import BadRow, Row, moment_of, number_of, rows_of, text_of

FILES = ("categories.jsonl", "users.jsonl", "topics.jsonl", "posts.jsonl")
REPORT_LIMIT = 1000


@dataclass(slots=True)
class ImportReport:
    """What an import made, what was there already, and what it left out and why, by file and line."""

    made: dict[str, int] = field(default_factory=dict)
    known: int = 0
    problems: list[tuple[str, int, str]] = field(default_factory=list)
    problem_count: int = 0

    def refuse(self, row: Row, words: str) -> None:
        self.problem_count += 1
        if len(self.problems) < REPORT_LIMIT:
            self.problems.append((row.file, row.line, words))


class DiscourseImport:
    """One run.

    source  base address of the site, which its ids belong to
    """

    def __init__(self, folder: Path, source: str) -> None:
        self.folder, self.source = folder, source.rstrip("/")[:200]
        self.report = ImportReport()
        self.names: dict[int, str] = {}

    def run(self) -> ImportReport:
        """Import all files in their order, then bring the counts of the topics up to date."""
        for file, kind, make in (
            ("categories.jsonl", "category", self._category),
            ("users.jsonl", "user", self._user),
            ("topics.jsonl", "topic", self._topic),
            ("posts.jsonl", "post", self._post),
        ):
            for row in rows_of(self.folder / file):
                self._import(row, kind, make)
        self._settle()
        return self.report

    def _import(self, row: Row, kind: str, make: Callable[[Mapping[str, Any], int], int]) -> None:
        try:
            if row.problem:
                raise BadRow(row.problem)
            foreign_id = number_of(row.data, "id")
            if self._known(kind, foreign_id) is not None:
                self.report.known += 1
                return
            with transaction.atomic():
                row_id = make(row.data, foreign_id)
                if row_id:
                    self._remember(kind, foreign_id, row_id)
        except (BadRow, BadTags) as error:
            self.report.refuse(row, str(error))
            return
        self.report.made[kind] = self.report.made.get(kind, 0) + bool(row_id)

    def _known(self, kind: str, foreign_id: int) -> int | None:
        rows = ImportedRow.objects.filter(source=self.source, kind=kind, foreign_id=foreign_id)
        return rows.values_list("row_id", flat=True).first()

    def _remember(self, kind: str, foreign_id: int, row_id: int) -> None:
        ImportedRow.objects.create(source=self.source, kind=kind, foreign_id=foreign_id, row_id=row_id)

    def _owner(self, kind: str, data: Mapping[str, Any], name: str) -> int:
        """Return the row that a row refers to.

        raises  BadRow if it was not imported
        """
        found = self._known(kind, number_of(data, name))
        if found is None:
            raise BadRow(f"{name} names a {kind} that was not imported.")
        return found

    # rows

    def _category(self, data: Mapping[str, Any], foreign_id: int) -> int:
        name = text_of(data, "name", 80)
        parent = None
        if data.get("parent_category_id"):
            parent = Category.objects.get(pk=self._owner("category", data, "parent_category_id"))
        audience = Audience.STAFF if data.get("read_restricted") else Audience.EVERYONE
        writers = Audience.STAFF if data.get("read_restricted") else Audience.SIGNED_IN
        category = Category.objects.create(
            slug=_free_slug(text_of(data, "slug", 80, default="") or name),
            name=name,
            about=text_of(data, "description_text", 1000, default=""),
            position=number_of(data, "position", default=0),
            color=next_color(Category.objects.count()),
            parent=parent,
            read_audience=audience,
            reply_audience=writers,
            create_audience=writers,
        )
        category.line = [*(parent.line if parent else ()), category.pk]
        category.is_public = audience == Audience.EVERYONE and (parent is None or parent.is_public)
        category.save(update_fields=["line", "is_public"])
        Redirect.objects.get_or_create(path=f"c/{foreign_id}", defaults={"category": category})
        return category.pk

    def _user(self, data: Mapping[str, Any], foreign_id: int) -> int:
        """Return the account with the confirmed address of a user; 0 without one."""
        self.names[foreign_id] = text_of(data, "username", 96)
        email = text_of(data, "email", 254, default="")
        rows = EmailAddress.objects.filter(email__iexact=email, verified=True) if email else None
        found = rows.values_list("user_id", flat=True).first() if rows is not None else None
        return int(found or 0)

    def _topic(self, data: Mapping[str, Any], foreign_id: int) -> int:
        category = Category.objects.get(pk=self._owner("category", data, "category_id"))
        created_at = moment_of(data, "created_at")
        tags = data.get("tags") or []
        if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
            raise BadRow("tags is not a list of texts.")
        is_question = bool(data.get("has_accepted_answer") or data.get("accepted_answer"))
        title = " ".join(text_of(data, "title", 200).split())
        if len(title) < 2:
            raise BadRow("title is too short.")
        topic = start_topic(category, title, TopicKind.QUESTION if is_question else TopicKind.DISCUSSION)
        topic.created_at = topic.bumped_at = created_at
        topic.pinned_to = PinnedTo.CATEGORY if data.get("pinned") else PinnedTo.NOTHING
        topic.archived_at = created_at if data.get("archived") else None
        topic.thread.is_locked = bool(data.get("closed") or data.get("archived"))
        topic.thread.closes_at, topic.thread.slow_mode_seconds = None, 0
        topic.thread.save()
        topic.save()
        set_tags(topic, parse_tags([tag.replace(" ", "-") for tag in tags[:5]]))
        Redirect.objects.get_or_create(path=f"t/{foreign_id}", defaults={"topic": topic})
        return topic.pk

    def _post(self, data: Mapping[str, Any], foreign_id: int) -> int:
        """Append a post to its topic; posts stand in the file in the order of their numbers."""
        topic = Topic.objects.select_related("thread").get(pk=self._owner("topic", data, "topic_id"))
        number = number_of(data, "post_number")
        created_at, author_id, source = moment_of(data, "created_at"), *self._text(data)
        thread = Thread.objects.select_for_update().get(pk=topic.thread_id)
        thread.last_number += 1
        thread.save(update_fields=["last_number"])
        text = render_post(source)
        post = Post.objects.create(
            thread=thread,
            number=thread.last_number,
            author_id=author_id,
            source=source,
            html=text.html,
            html_version=VERSION,
            mentions=text.mentions,
            references=text.references,
            published_at=created_at,
            reply_to=self._reply(topic, data),
        )
        Post.objects.filter(pk=post.pk).update(created_at=created_at)
        if topic.first_post_id is None:
            topic.first_post, topic.author_id = post, author_id
        if data.get("accepted_answer") and topic.first_post_id != post.pk:
            topic.kind, topic.answer = TopicKind.QUESTION, post
            topic.answered_by_id, topic.solved_at = author_id, created_at
        topic.save()
        old = f"t/{number_of(data, 'topic_id')}/{number}"
        Redirect.objects.get_or_create(path=old, defaults={"topic": topic, "post": post})
        return post.pk

    def _text(self, data: Mapping[str, Any]) -> tuple[int | None, str]:
        """Return the account of an author and the text, which names an author without one."""
        source = text_of(data, "raw", SOURCE_LIMIT_CHARACTERS - 200).strip()
        foreign_id = number_of(data, "user_id")
        author_id = self._known("user", foreign_id)
        if author_id is not None:
            return author_id, source
        name = (
            data.get("username") if isinstance(data.get("username"), str) else self.names.get(foreign_id, "")
        )
        shown = "".join(one for one in str(name)[:96] if one.isalnum() or one in "._-") or "?"
        return None, f"*{_('Originally by %(name)s') % {'name': shown}}*\n\n{source}"

    def _reply(self, topic: Topic, data: Mapping[str, Any]) -> Post | None:
        if not data.get("reply_to_post_number"):
            return None
        old = f"t/{number_of(data, 'topic_id')}/{number_of(data, 'reply_to_post_number')}"
        found = Redirect.objects.select_related("post").filter(path=old, topic=topic).first()
        return found.post if found else None

    # counts

    def _settle(self) -> None:
        """Count the posts of all topics of this site that are not counted yet, each in its transaction."""
        for topic_id in self._unsettled():
            with transaction.atomic():
                thread_id = Topic.objects.values_list("thread_id", flat=True).get(pk=topic_id)
                thread = Thread.objects.select_for_update().get(pk=thread_id)
                rows = Topic.objects.select_for_update(of=("self",)).select_related("category", "first_post")
                topic = rows.get(pk=topic_id)
                recount_thread(thread)
                follow_thread(topic, thread)
        rescore_topics()

    def _unsettled(self) -> list[int]:
        """Return the imported topics with posts that their threads have not counted, also of killed runs."""
        ids = ImportedRow.objects.filter(source=self.source, kind="topic").values("row_id")
        visible = Q(thread__posts__state=PostState.VISIBLE, thread__posts__kind=PostKind.COMMENT)
        rows = Topic.objects.filter(pk__in=ids, merged_into=None).order_by("pk")
        counted = rows.annotate(found=Count("thread__posts", filter=visible))
        return list(counted.exclude(found=F("thread__post_count")).values_list("pk", flat=True))


def import_discourse(folder: Path, source: str) -> ImportReport:
    """Import the files of a folder; run it again to go on after a stop.

    source  base address of the site
    """
    return DiscourseImport(folder, source).run()


def _free_slug(text: str) -> str:
    slug = slugify(text, allow_unicode=True)[:70] or "category"
    taken = set(Category.objects.filter(slug__startswith=slug).values_list("slug", flat=True))
    names = (slug, *(f"{slug}-{number}" for number in range(2, len(taken) + 3)))
    return next(name for name in names if name not in taken)
