"""Reactions to posts."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Count

from apps.core.actor import Actor
from apps.core.errors import Forbidden

from ..access import post_for
from ..errors import UnknownReaction
from ..models import Post, Reaction

REACTIONS = ("👍", "❤️", "🎉", "😄", "🤔", "👀", "🚀")


@transaction.atomic
def set_reaction(*, actor: Actor, post_id: int | str, emoji: str, is_on: bool) -> Post:
    """Add or remove one's reaction; what is so already stays so.

    raises  PostNotFound, UnknownReaction, Forbidden on a post that is not visible
    """
    if emoji not in REACTIONS:
        raise UnknownReaction
    post = post_for(actor, post_id)
    if not post.is_visible or actor.user_id is None:
        raise Forbidden
    # the row of the post serializes the count, without holding up the thread
    post = Post.objects.select_for_update(of=("self",)).select_related("author", "thread").get(pk=post.pk)
    rows = Reaction.objects.filter(post=post)
    if is_on:
        Reaction.objects.get_or_create(post=post, user_id=actor.user_id, emoji=emoji)
    else:
        rows.filter(user_id=actor.user_id, emoji=emoji).delete()
    post.reactions = dict(rows.values_list("emoji").annotate(Count("pk")).order_by("emoji"))
    post.save(update_fields=["reactions"])
    return post
