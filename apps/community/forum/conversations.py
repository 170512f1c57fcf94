"""Topics as a kind of conversation."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from django.db.models import QuerySet
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.actor import Actor
from apps.core.conversations.models import Post, Thread
from apps.core.conversations.providers import (
    ConversationKind,
    EventLabel,
    PostAct,
    PostBadge,
    PostExtras,
    ThreadPlace,
)

from .access import can_edit, can_moderate, can_write, check_reply, readers_of, visible_to
from .models import Topic, TopicKind
from .notifications import targets_of
from .presenters import place_of
from .selectors import marked_posts
from .services.counters import follow_post
from .services.threads import THREAD_KIND


class TopicConversations(ConversationKind):
    name = THREAD_KIND
    label = gettext_lazy("Topics")
    events = {
        "solved": EventLabel(gettext_lazy("accepted an answer"), "check"),
        "unsolved": EventLabel(gettext_lazy("took back the accepted answer")),
        "archived": EventLabel(gettext_lazy("archived this topic"), "lock"),
        "unarchived": EventLabel(gettext_lazy("brought this topic back from the archive"), "key"),
        "poll_closed": EventLabel(gettext_lazy("closed the poll"), "chart"),
    }

    def visible_to(self, actor: Actor) -> QuerySet[Thread]:
        return Thread.objects.filter(topic__in=visible_to(actor))

    def places(self, thread_ids: Collection[int]) -> Mapping[int, ThreadPlace]:
        topics = Topic.objects.filter(thread_id__in=thread_ids).only(
            "thread_id", "title", "slug", "public_id"
        )
        return {topic.thread_id: place_of(topic) for topic in topics}

    def readers(self, thread: Thread, user_ids: Collection[int]) -> Collection[int]:
        return readers_of(_topic_of(thread), user_ids)

    def targets(self, thread: Thread) -> list[str]:
        return targets_of(_topic_of(thread))

    def event_label(self, post: Post) -> EventLabel:
        facts = post.facts
        match facts.get("event"):
            case "retitled":
                words = _("changed the title from “%(old)s” to “%(new)s”")
                return EventLabel(words % {"old": facts["old"], "new": facts["new"]}, "edit")
            case "moved":
                words = _("moved this topic from %(old)s to %(new)s")
                return EventLabel(words % {"old": facts["old"], "new": facts["new"]}, "folder")
            case "merged":
                return EventLabel(
                    _("merged “%(title)s” into this topic") % {"title": facts["title"]}, "branch"
                )
            case "split":
                words = _("moved replies to another topic")
                path = f"/forum/t/{facts['topic']}"
                return EventLabel(format_html('<a href="{}">{}</a>', path, words), "arrow-right")
        return super().event_label(post)

    def extras(self, actor: Actor, thread: Thread, posts: Sequence[Post]) -> Mapping[int, PostExtras]:
        """Return the mark of the accepted answer, and the buttons to accept and to bookmark a post."""
        topic = _topic_of(thread)
        may_accept = topic.kind == TopicKind.QUESTION and can_edit(actor, topic)
        marked = marked_posts(actor, [post.pk for post in posts]) if actor.is_signed_in else set()
        return {post.pk: _extras(actor, topic, post, post.pk in marked, may_accept) for post in posts}

    def check_reply(self, actor: Actor, thread: Thread) -> None:
        check_reply(actor, _topic_of(thread))

    def can_moderate(self, actor: Actor, thread: Thread) -> bool:
        return can_moderate(actor, _topic_of(thread))

    def post_changed(self, post: Post) -> None:
        follow_post(post)


def _topic_of(thread: Thread) -> Topic:
    """Return the topic, which a thread that was read with it knows already."""
    topic: Topic = thread.topic
    return topic


def _extras(actor: Actor, topic: Topic, post: Post, is_marked: bool, may_accept: bool) -> PostExtras:
    is_answer = post.pk == topic.answer_id
    acts = []
    if may_accept and post.is_visible and post.pk != topic.first_post_id:
        acts.append(_accept(topic, post, is_answer))
    if is_marked or (post.is_visible and can_write(actor)):
        acts.append(_bookmark(post, is_marked))
    badges = (PostBadge(_("Accepted answer"), "good"),) if is_answer else ()
    return PostExtras(badges, tuple(acts), is_answer)


def _accept(topic: Topic, post: Post, is_answer: bool) -> PostAct:
    words = _("Not the answer") if is_answer else _("Accept as answer")
    fields = _fields(post, is_removal=is_answer)
    return PostAct(words, f"/forum/t/{topic.public_id}/answer", fields)


def _bookmark(post: Post, is_marked: bool) -> PostAct:
    words = _("Remove bookmark") if is_marked else _("Bookmark")
    fields = _fields(post, is_removal=is_marked)
    return PostAct(words, "/forum/bookmark", fields, "star", is_icon=True, is_on=is_marked)


def _fields(post: Post, *, is_removal: bool) -> tuple[tuple[str, str], ...]:
    named = (("post", post.public_id),)
    return (*named, ("remove", "1")) if is_removal else named
