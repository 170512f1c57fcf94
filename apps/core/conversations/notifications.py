"""Posts tell those who watch their thread, whom they mention, and whom they answer."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from html import unescape

from django.utils.html import strip_tags
from django.utils.translation import gettext_lazy as _

from apps.core.actor import Actor
from apps.core.declaration import declared
from apps.core.notifications.models import Event, MailMode, Reason
from apps.core.notifications.providers import MailBody, NotificationKind, TargetKind, TargetPlace
from apps.core.notifications.services import announce, restore_event, update_event, withdraw
from apps.core.notifications.services.subscriptions import watch_own

from .access import visible_posts, visible_threads
from .models import Post, PostKind
from .providers import kind_of, kinds

POST = "post"
EXCERPT_CHARACTERS = 500
# mentions beyond it are links that tell nobody
MENTIONS_LIMIT = 20


class PostNotifications(NotificationKind):
    """What somebody wrote."""

    name = POST
    label = _("Posts")
    default_mail = MailMode.EACH

    def readers(self, event: Event, user_ids: Collection[int]) -> Collection[int]:
        post = Post.objects.select_related("thread").filter(pk=post_id(event)).first()
        if post is None or not post.is_visible or post.thread.kind not in kinds():
            return []
        return kind_of(post.thread).readers(post.thread, user_ids)

    def readable(self, actor: Actor, events: Sequence[Event]) -> Collection[int]:
        posts = visible_posts(actor).filter(pk__in=map(post_id, events))
        ids = set(posts.values_list("pk", flat=True))
        return [event.pk for event in events if post_id(event) in ids]

    def body(self, event: Event) -> MailBody:
        post = Post.objects.get(pk=post_id(event))
        return MailBody(post.source, post.html)


class ThreadTargets(TargetKind):
    """Threads, whatever they belong to."""

    name = "thread"
    label = _("Conversations")

    def places(self, actor: Actor, keys: Collection[str]) -> Mapping[str, TargetPlace]:
        ids = [int(key) for key in keys if key.isascii() and key.isdigit() and len(key) < 19]
        found: dict[str, TargetPlace] = {}
        for name, kind in kinds().items():
            threads = visible_threads(actor).filter(pk__in=ids, kind=name)
            places = kind.places(list(threads.values_list("pk", flat=True))) if ids else {}
            found |= {str(pk): TargetPlace(place.title, place.path) for pk, place in places.items()}
        return found


def announce_post(post: Post) -> None:
    """Tell of a post that was just published; its author watches the thread from now on."""
    thread = post.thread
    kind = kind_of(thread)
    place = kind.places([thread.pk]).get(thread.pk)
    if place is None or post.number is None or post.kind != PostKind.COMMENT:
        return  # what the thread belongs to is not stored yet
    targets = kind.targets(thread)
    announce(
        kind=POST,
        source=source_of(post),
        title=place.title,
        path=place.post_path(post.number),
        actor=post.author_id,
        excerpt=excerpt_of(post),
        targets=targets,
        direct=_people_concerned(post),
        mail_thread=f"thread:{thread.pk}",
        facts={"thread": thread.pk, "number": post.number},
    )
    if post.author_id is not None and targets:
        watch_own(post.author_id, targets[0])


def follow_post(post: Post) -> None:
    """Take a post that is no longer visible out of inboxes, or put it back."""
    if post.is_visible:
        restore_event(POST, source_of(post))
    else:
        withdraw(POST, source_of(post))


def correct_post(post: Post) -> None:
    """Show the new text of an edited post in inboxes and in mail that was not sent yet."""
    update_event(kind=POST, source=source_of(post), excerpt=excerpt_of(post))


def source_of(post: Post) -> str:
    return f"post:{post.pk}"


def post_id(event: Event) -> int:
    return int(event.source.partition(":")[2])


def excerpt_of(post: Post) -> str:
    return " ".join(unescape(strip_tags(post.html)).split())[:EXCERPT_CHARACTERS]


def _people_concerned(post: Post) -> dict[int, Reason]:
    names = post.mentions[:MENTIONS_LIMIT]
    found: dict[int, Reason] = {}
    for directory in declared().people_directories if names else ():
        found |= dict.fromkeys(directory(names).values(), Reason.MENTION)
    if post.reply_to is not None and post.reply_to.author_id is not None:
        found[post.reply_to.author_id] = Reason.REPLY
    return found
