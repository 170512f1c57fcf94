"""Rendering posts anew after the renderer has changed; until then pages render what they show."""

from __future__ import annotations

from ..models import Post, PostKind
from ..rendering import VERSION, render_post

BATCH = 5000


def render_old_posts() -> int:
    """Store what the present renderer makes of old posts; return how many."""
    old = Post.objects.filter(kind=PostKind.COMMENT, html_version__lt=VERSION)
    return sum(_render_anew(post) for post in old.only("pk", "source", "revision")[:BATCH].iterator(100))


def _render_anew(post: Post) -> int:
    """Render a post, unless somebody edits it meanwhile, which renders it too."""
    text = render_post(post.source)
    return Post.objects.filter(pk=post.pk, revision=post.revision).update(
        html=text.html, html_version=VERSION, mentions=text.mentions, references=text.references
    )
