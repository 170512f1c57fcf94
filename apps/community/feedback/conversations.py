"""The conversations about ideas."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.actor import Actor, Need
from apps.core.conversations.models import Post, Thread
from apps.core.conversations.providers import (
    ConversationKind,
    EventLabel,
    PostBadge,
    PostExtras,
    ThreadPlace,
)

from .access import (
    check_open,
    check_writer,
    idea_readers,
    is_team,
    visible_ideas,
)
from .errors import IdeaMerged
from .models import Idea
from .services.following import follow_post

OFFICIAL = PostExtras(badges=(PostBadge(gettext_lazy("Official reply"), "leaf"),), is_highlighted=True)


class IdeaComments(ConversationKind):
    name = "idea"
    label = gettext_lazy("Ideas")

    def visible_to(self, actor: Actor) -> QuerySet[Thread]:
        return Thread.objects.filter(idea__in=visible_ideas(actor).values("pk"))

    def places(self, thread_ids: Collection[int]) -> Mapping[int, ThreadPlace]:
        ideas = Idea.objects.filter(thread_id__in=thread_ids)
        return {idea.thread_id: ThreadPlace(idea.title, idea.get_absolute_url()) for idea in ideas}

    def readers(self, thread: Thread, user_ids: Collection[int]) -> Collection[int]:
        return idea_readers(_idea_of(thread), user_ids)

    def targets(self, thread: Thread) -> list[str]:
        return _idea_of(thread).targets

    def event_label(self, post: Post) -> EventLabel:
        match post.facts.get("event"):
            case "status":
                words = _("changed the status from %(before)s to %(after)s")
                facts = {name: post.facts.get(name, "") for name in ("before", "after")}
                return EventLabel(words % facts, "calendar")
            case "merged":
                words = _("merged “%(title)s” into this idea")
                return EventLabel(words % {"title": post.facts.get("title", "")}, "branch")
        return super().event_label(post)

    def extras(self, actor: Actor, thread: Thread, posts: Sequence[Post]) -> Mapping[int, PostExtras]:
        """Mark the latest official reply."""
        official = Idea.objects.filter(thread=thread).values_list("official_reply_id", flat=True).first()
        return {post.pk: OFFICIAL for post in posts if post.pk == official}

    def check_reply(self, actor: Actor, thread: Thread) -> None:
        check_writer(actor)
        idea = _idea_of(thread)
        if idea.merged_into is not None:
            raise IdeaMerged(key=idea.merged_into.key)
        check_open(idea.board)

    def can_moderate(self, actor: Actor, thread: Thread) -> bool:
        return is_team(actor, _idea_of(thread).board, Need.WRITE)

    def post_changed(self, post: Post) -> None:
        follow_post(post)


def _idea_of(thread: Thread) -> Idea:
    related = ("board__repo__namespace", "board__namespace", "merged_into")
    return Idea.objects.select_related(*related).get(thread=thread)
