"""What core.notifications asks of conversations: who reads a post, replies by mail, threads to watch."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from django.utils.translation import gettext_lazy as _

from apps.core.actor import Actor
from apps.core.notifications.models import Event, MailMode
from apps.core.notifications.providers import MailBody, NotificationKind, TargetKind, TargetPlace

from .access import post_for, visible_posts, visible_threads
from .models import Post
from .notifications import POST, post_id
from .presenters import path_of
from .providers import kind_of, kinds
from .services.posts import add_post


class PostNotifications(NotificationKind):
    """What somebody wrote."""

    name = POST
    label = _("Posts")
    default_mail = MailMode.EACH
    takes_replies = True

    def readers(self, event: Event, user_ids: Collection[int]) -> Collection[int]:
        post = Post.objects.select_related("thread").filter(pk=post_id(event)).first()
        if post is None or not post.is_visible or post.thread.kind not in kinds():
            return []
        return kind_of(post.thread).readers(post.thread, user_ids)

    def readable(self, actor: Actor, events: Sequence[Event]) -> Collection[int]:
        posts = visible_posts(actor).filter(pk__in=map(post_id, events))
        ids = set(posts.values_list("pk", flat=True))
        return [event.pk for event in events if post_id(event) in ids]

    def path(self, event: Event) -> str:
        """Return where the post is now: it may have moved to another thread."""
        return path_of(Post.objects.select_related("thread").get(pk=post_id(event)))

    def body(self, event: Event) -> MailBody:
        post = Post.objects.get(pk=post_id(event))
        return MailBody(post.source, post.html)

    def reply(self, actor: Actor, event: Event, text: str) -> None:
        post = post_for(actor, post_id(event))
        add_post(actor=actor, thread_id=post.thread_id, source=text, reply_to=post.pk)


class ThreadTargets(TargetKind):
    """Threads, whatever they belong to."""

    name = "thread"
    label = _("Conversations")

    def places(self, actor: Actor, keys: Collection[str]) -> Mapping[str, TargetPlace]:
        found: dict[str, TargetPlace] = {}
        threads = visible_threads(actor).filter(public_id__in=keys)
        named = {kind: dict(threads.filter(kind=kind).values_list("pk", "public_id")) for kind in kinds()}
        for kind, ids in named.items():
            places = kinds()[kind].places(list(ids)) if ids else {}
            found |= {ids[pk]: TargetPlace(place.title, place.path) for pk, place in places.items()}
        return found
