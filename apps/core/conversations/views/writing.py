"""Writing and editing posts: forms that work without scripts, with a preview and files."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.core.errors import Refusal
from apps.core.moderation.submissions import facts_of
from apps.core.web.actions import post_response
from apps.core.web.bodies import takes_body
from apps.core.web.http import HubRequest
from apps.core.web.policies import WRITER, requires

from ..composing import BODY_LIMIT_BYTES, sent_text, shown_again
from ..errors import EditConflict
from ..forms import PostForm
from ..models import Post, PostState, Thread
from ..policies import POST_EDIT, THREAD_WRITE
from ..presenters import (
    ComposerView,
    edit_composer,
    path_of,
    place_of,
    quoted,
    reply_composer,
    reply_to_view,
)
from ..rendering import render_post
from ..selectors import visible_post_of
from ..services.posts import add_post, edit_post


@requires(THREAD_WRITE)
@takes_body(BODY_LIMIT_BYTES)
@require_http_methods(["GET", "HEAD", "POST"])
def reply(request: HubRequest, thread: Thread) -> HttpResponse:
    """The form of a reply, which `?to=` quotes; POST sends or previews it."""
    if request.method != "POST":
        post = visible_post_of(thread, request.GET.get("to", ""))
        facts = (
            {"reply": reply_to_view(post), "reply_id": post.public_id, "source": quoted(post)} if post else {}
        )
        return _page(request, thread, reply_composer(request.actor, thread, **facts))
    form = PostForm(request.POST, request.FILES)
    answered = visible_post_of(thread, request.POST.get("reply_to", ""))
    source, error = sent_text(request.actor, form)
    shown: dict[str, Any] = {
        "reply": reply_to_view(answered) if answered else None,
        "reply_id": answered.public_id if answered else None,
    }
    if error or form.is_preview:
        composer = reply_composer(request.actor, thread, **shown_again(source, error), **shown)
        return _page(request, thread, composer, status=422 if error else 200)
    try:
        post = add_post(
            actor=request.actor,
            thread_id=thread.pk,
            source=source,
            reply_to=answered.pk if answered else None,
            draft=f"reply:{thread.public_id}",
            facts=facts_of(request),
        )
    except Refusal as refusal:
        composer = reply_composer(request.actor, thread, **shown_again(source, refusal.words), **shown)
        return _page(request, thread, composer, status=refusal.status)
    return _sent_response(request, post)


@requires(POST_EDIT)
@takes_body(BODY_LIMIT_BYTES)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HubRequest, post: Post) -> HttpResponse:
    """The form that edits a post; a text that somebody else saved meanwhile is shown beside one's own."""
    if request.method != "POST":
        return _page(request, post.thread, edit_composer(post))
    form = PostForm(request.POST, request.FILES)
    source, error = sent_text(request.actor, form)
    revision = form.cleaned_data.get("revision") or 0
    if error or form.is_preview:
        composer = edit_composer(post, **shown_again(source, error), revision=revision)
        return _page(request, post.thread, composer, status=422 if error else 200)
    try:
        edited = edit_post(
            actor=request.actor,
            post_id=post.pk,
            source=source,
            revision=revision,
            facts=facts_of(request),
        )
    except EditConflict as conflict:
        return _conflict(request, post, source, conflict)
    except Refusal as refusal:
        composer = edit_composer(post, **shown_again(source, refusal.words), revision=revision)
        return _page(request, post.thread, composer, status=refusal.status)
    return _sent_response(request, edited)


@requires(WRITER)
@require_POST
def preview(request: HubRequest) -> HttpResponse:
    """A text as its readers will see it, for scripts."""
    form = PostForm(request.POST)
    source, error = sent_text(request.actor, form)
    context = {"preview": render_post(source).html if source.strip() and not error else "", "error": error}
    return render(request, "core/conversations/_preview.html", context, status=422 if error else 200)


def _sent_response(request: HubRequest, post: Post) -> HttpResponse:
    is_held = post.state == PostState.HELD
    return post_response(request, path_of(post), _("A moderator will look at your post.") if is_held else "")


def _page(request: HubRequest, thread: Thread, composer: ComposerView, *, status: int = 200) -> HttpResponse:
    context = {"composer": composer, "place": place_of(thread)}
    return render(request, "core/conversations/compose.html", context, status=status)


def _conflict(request: HubRequest, post: Post, source: str, conflict: EditConflict) -> HttpResponse:
    current, revision = str(conflict.facts["source"]), int(conflict.facts["revision"])
    composer = edit_composer(post, source=source, revision=revision, error=conflict.words)
    context = {"composer": composer, "place": place_of(post.thread), "current": current}
    return render(request, "core/conversations/conflict.html", context, status=conflict.status)
