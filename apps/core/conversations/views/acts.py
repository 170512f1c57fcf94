"""Buttons of posts and threads; each leads back to the place on the page where it was."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.core.web.actions import post_response, refusals_as_messages
from apps.core.web.http import HubRequest
from apps.core.web.policies import requires

from ..forms import ReasonForm
from ..models import Post, Thread
from ..policies import POST_MODERATE, POST_OWN, POST_WRITE, THREAD_MODERATE, THREAD_WRITE
from ..presenters import path_of, place_of, post_view
from ..services.posts import approve_post, delete_post, hide_post, restore_post, show_post
from ..services.reactions import set_reaction
from ..services.reading import mark_read
from ..services.revisions import purge_revision
from ..services.threads import set_locked


@requires(POST_WRITE)
@require_POST
def react(request: HubRequest, post: Post) -> HttpResponse:
    """Add or remove a reaction: the button that was pressed says which."""
    is_on = "add" in request.POST
    emoji = request.POST.get("add" if is_on else "remove", "")
    return _back(request, set_reaction(actor=request.actor, post_id=post.pk, emoji=emoji, is_on=is_on))


@requires(POST_OWN)
@require_POST
def delete(request: HubRequest, post: Post) -> HttpResponse:
    """Delete one's own post."""
    with refusals_as_messages(request):
        post = delete_post(actor=request.actor, post_id=post.pk)
    return _back(request, post, _("Deleted. You can restore it."))


@requires(POST_OWN)
@require_POST
def restore(request: HubRequest, post: Post) -> HttpResponse:
    """Restore a post that one deleted."""
    with refusals_as_messages(request):
        post = restore_post(actor=request.actor, post_id=post.pk)
    return _back(request, post)


@requires(POST_MODERATE)
@require_POST
def hide(request: HubRequest, post: Post) -> HttpResponse:
    """Hide a post from readers."""
    form = ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    with refusals_as_messages(request):
        post = hide_post(actor=request.actor, post_id=post.pk, reason=reason)
    return _back(request, post)


@requires(POST_MODERATE)
@require_POST
def show(request: HubRequest, post: Post) -> HttpResponse:
    """Show a hidden post again."""
    with refusals_as_messages(request):
        post = show_post(actor=request.actor, post_id=post.pk)
    return _back(request, post)


@requires(POST_MODERATE)
@require_POST
def approve(request: HubRequest, post: Post) -> HttpResponse:
    """Publish a held post."""
    with refusals_as_messages(request):
        post = approve_post(actor=request.actor, post_id=post.pk)
    return _back(request, post)


@requires(POST_MODERATE)
@require_POST
def purge(request: HubRequest, post: Post, number: int) -> HttpResponse:
    """Remove a former text for good."""
    with refusals_as_messages(request):
        purge_revision(actor=request.actor, post_id=post.pk, number=number)
    return post_response(request, f"/posts/{post.public_id}/history#revision-{number}")


@requires(THREAD_WRITE)
@require_POST
def read(request: HubRequest, thread: Thread) -> HttpResponse:
    """Remember how far one has read; everything without a number."""
    text = request.POST.get("number", "")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else thread.last_number
    mark_read(actor=request.actor, thread_id=thread.pk, number=number)
    place = place_of(thread)
    return post_response(request, place.path, fragment=lambda: HttpResponse(status=204))


@requires(THREAD_MODERATE)
@require_POST
def lock(request: HubRequest, thread: Thread) -> HttpResponse:
    """Lock or unlock a thread."""
    set_locked(actor=request.actor, thread_id=thread.pk, is_locked="is_locked" in request.POST)
    return post_response(request, f"{place_of(thread).path}?at=last")


def _back(request: HubRequest, post: Post, message: str = "") -> HttpResponse:
    def fragment() -> HttpResponse:
        context = {"post": post_view(request.actor, post), "message": message}
        return render(request, "core/conversations/_post.html", context)

    return post_response(request, path_of(post), message, fragment=fragment)
