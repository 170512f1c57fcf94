"""Posts tell those who watch their thread, whom they mention, and whom they answer."""

from __future__ import annotations

from html import unescape

from django.utils.html import strip_tags

from apps.core.actor import Actor
from apps.core.declaration import declared
from apps.core.notifications.models import Event, Reason
from apps.core.notifications.selectors import unread_sources
from apps.core.notifications.services import announce, restore_event, update_event, withdraw
from apps.core.notifications.services.inbox import mark_source_read
from apps.core.notifications.services.subscriptions import watch_own

from .models import Post, PostKind, Thread
from .providers import kind_of

POST = "post"
EXCERPT_CHARACTERS = 500
# mentions beyond it are links that tell nobody
MENTIONS_LIMIT = 20


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
        mail_thread=thread.target,
        facts={"thread": thread.pk, "number": post.number},
    )
    if post.author_id is not None and targets:
        watch_own(post.author_id, targets[0])


def follow_post(post: Post) -> None:
    """Take a post that is no longer visible out of inboxes, or put it back."""
    if post.is_visible:
        restore_event(POST, source_of(post))
        correct_post(post)
    else:
        withdraw(POST, source_of(post))


def correct_post(post: Post) -> None:
    """Show the new text of an edited post in inboxes and in mail that was not sent yet."""
    update_event(kind=POST, source=source_of(post), excerpt=excerpt_of(post))


def mark_posts_read(actor: Actor, thread: Thread, number: int) -> None:
    """Mark the actor's notifications of posts that they have read in the thread, up to a post."""
    ids = {source_id(source) for source in unread_sources(actor, POST)}
    if ids:
        posts = Post.objects.filter(thread=thread, number__lte=number, pk__in=ids)
        mark_source_read(actor=actor, kind=POST, sources=[source_of(post) for post in posts.only("pk")])


def source_of(post: Post) -> str:
    return f"post:{post.pk}"


def post_id(event: Event) -> int:
    return source_id(event.source)


def source_id(source: str) -> int:
    return int(source.partition(":")[2])


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
