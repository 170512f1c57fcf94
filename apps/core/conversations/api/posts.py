"""Posts in the REST API."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.moderation.submissions import facts_of
from apps.core.rest.body import validated
from apps.core.rest.schema import in_path, operation
from apps.core.rest.view import ApiView, actor_of, list_response, no_content
from apps.core.web.policies import WRITER, requires

from ..models import Post
from ..policies import POST_EDIT, POST_MODERATE, POST_OWN, POST_READ, POST_WRITE
from ..presenters import is_moderated_by
from ..rendering import render_post
from ..selectors import revisions_of
from ..services.posts import approve_post, delete_post, edit_post, hide_post, restore_post, show_post
from ..services.reactions import set_reaction
from ..services.revisions import purge_revision
from .shapes import (
    POST_ID,
    SOURCE_LIMIT_BYTES,
    HideRequest,
    PostDetail,
    PostUpdate,
    PreviewDetail,
    PreviewRequest,
    RevisionDetail,
    RevisionPage,
    readable,
)

REVISION_NUMBER = in_path("number", "Number of the former text.", int)
EMOJI = in_path("emoji", "One of 👍 ❤️ 🎉 😄 🤔 👀 🚀.")


def post_response(request: Request, post: Post) -> Response:
    return Response(post_data(request, post))


def post_data(request: Request, post: Post) -> dict[str, Any]:
    actor = actor_of(request)
    shown = readable([post], user_id=actor.user_id, is_moderator=is_moderated_by(actor, post.thread))
    return dict(PostDetail(shown[0]).data)


@requires(POST_READ, PATCH=POST_EDIT, DELETE=POST_OWN)
class OnePost(ApiView):
    @operation("get_post", "conversations", PostDetail, 404, params=[POST_ID])
    def get(self, request: Request, post: Post) -> Response:
        """Get a post."""
        return post_response(request, post)

    @operation("update_post", "conversations", PostDetail, 404, 412, body=PostUpdate, params=[POST_ID])
    def patch(self, request: Request, post: Post) -> Response:
        """Edit a post. If somebody has edited it since you read it, the problem contains the current text."""
        facts = validated(request, PostUpdate, limit=SOURCE_LIMIT_BYTES)
        where = facts_of(request._request)
        edited = edit_post(actor=actor_of(request), post_id=post.pk, facts=where, **facts)
        return post_response(request, edited)

    @operation("delete_post", "conversations", None, 404, 409, status=204, params=[POST_ID])
    def delete(self, request: Request, post: Post) -> Response:
        """Delete your post. Its place in the conversation stays, without text."""
        delete_post(actor=actor_of(request), post_id=post.pk)
        return no_content()


@requires(POST_READ)
class PostRevisions(ApiView):
    @operation("list_post_revisions", "conversations", RevisionPage, 404, params=[POST_ID])
    def get(self, request: Request, post: Post) -> Response:
        """List the former texts of a post, newest first."""
        return list_response(request, revisions_of(post), RevisionDetail, order=("-number",))


@requires(POST_MODERATE)
class OneRevision(ApiView):
    @operation(
        "purge_post_revision", "conversations", None, 404, status=204, params=[POST_ID, REVISION_NUMBER]
    )
    def delete(self, request: Request, post: Post, number: int) -> Response:
        """Remove a former text for good, as a moderator, such as one with personal data.

        To remove the present text, edit the post first.
        """
        purge_revision(actor=actor_of(request), post_id=post.pk, number=number)
        return no_content()


@requires(POST_WRITE)
class PostReaction(ApiView):
    @operation("add_reaction", "conversations", PostDetail, 404, 422, params=[POST_ID, EMOJI])
    def put(self, request: Request, post: Post, emoji: str) -> Response:
        """React to a post."""
        changed = set_reaction(actor=actor_of(request), post_id=post.pk, emoji=emoji, is_on=True)
        return post_response(request, changed)

    @operation("remove_reaction", "conversations", None, 404, 422, status=204, params=[POST_ID, EMOJI])
    def delete(self, request: Request, post: Post, emoji: str) -> Response:
        """Remove your reaction to a post."""
        set_reaction(actor=actor_of(request), post_id=post.pk, emoji=emoji, is_on=False)
        return no_content()


@requires(POST_OWN)
class PostRestore(ApiView):
    @operation("restore_post", "conversations", PostDetail, 404, 409, params=[POST_ID])
    def post(self, request: Request, post: Post) -> Response:
        """Restore a post that you have deleted."""
        return post_response(request, restore_post(actor=actor_of(request), post_id=post.pk))


@requires(POST_MODERATE)
class PostHide(ApiView):
    @operation("hide_post", "conversations", PostDetail, 404, 409, body=HideRequest, params=[POST_ID])
    def post(self, request: Request, post: Post) -> Response:
        """Hide a post from its readers, as a moderator."""
        facts = validated(request, HideRequest)
        return post_response(request, hide_post(actor=actor_of(request), post_id=post.pk, **facts))


@requires(POST_MODERATE)
class PostShow(ApiView):
    @operation("show_post", "conversations", PostDetail, 404, 409, params=[POST_ID])
    def post(self, request: Request, post: Post) -> Response:
        """Show a hidden post again, as a moderator."""
        return post_response(request, show_post(actor=actor_of(request), post_id=post.pk))


@requires(POST_MODERATE)
class PostApprove(ApiView):
    @operation("approve_post", "conversations", PostDetail, 404, 409, params=[POST_ID])
    def post(self, request: Request, post: Post) -> Response:
        """Publish a post that was held for review, as a moderator. It becomes the newest one."""
        return post_response(request, approve_post(actor=actor_of(request), post_id=post.pk))


@requires(WRITER)
class PostPreview(ApiView):
    @operation("preview_post", "conversations", PreviewDetail, body=PreviewRequest)
    def post(self, request: Request) -> Response:
        """Render a text as its readers would see it."""
        source = validated(request, PreviewRequest, limit=SOURCE_LIMIT_BYTES)["source"]
        return Response({"html": render_post(source).html})
