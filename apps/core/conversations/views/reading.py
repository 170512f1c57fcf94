"""Permanent links, windows for scripts, histories and files."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from apps.core.objects.folders import StoredObject
from apps.core.objects.serving import content_type_of, serve_object
from apps.core.web.http import HubRequest
from apps.core.web.params import parse_int
from apps.core.web.policies import PUBLIC, requires

from ..errors import AttachmentNotFound
from ..folders import ATTACHMENTS
from ..models import Attachment, Post, Thread
from ..policies import ATTACHMENT_READ, POST_READ, THREAD_READ
from ..presenters import history_view, is_moderated_by, path_of, place_of, post_view, window_view

# the library writes styles into its drawings; nothing is loaded from elsewhere
FRAME_POLICY = "; ".join(
    (
        "sandbox allow-scripts",
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src data:",
        "frame-ancestors 'self'",
    )
)


@requires(THREAD_READ)
@require_safe
def thread_page(request: HubRequest, thread: Thread) -> HttpResponse:
    """Lead to the page with the thread."""
    return redirect(place_of(thread).path)


@requires(THREAD_READ)
@require_safe
def window(request: HubRequest, thread: Thread) -> HttpResponse:
    """The posts before or after a number, to be added to a page."""
    shown = window_view(request.actor, thread, place_of(thread), request.GET.dict())
    is_earlier = "before" in request.GET
    context = {"window": shown, "is_earlier": is_earlier, "is_later": not is_earlier}
    return render(request, "core/conversations/_window.html", context)


@requires(POST_READ)
@require_safe
def post_page(request: HubRequest, post: Post) -> HttpResponse:
    """Lead to a post on the page with its thread."""
    if "HX-Request" in request.headers:
        return render(request, "core/conversations/_post.html", {"post": post_view(request.actor, post)})
    return redirect(path_of(post))


@requires(PUBLIC)
@require_safe
def diagram_frame(request: HubRequest) -> HttpResponse:
    """A page that draws one diagram, sandboxed: it has no cookies and cannot reach the page around it."""
    response = render(request, "core/conversations/diagram_frame.html")
    response["Content-Security-Policy"] = FRAME_POLICY
    response["X-Frame-Options"] = "SAMEORIGIN"
    return response


@requires(POST_READ)
@require_safe
def history(request: HubRequest, post: Post) -> HttpResponse:
    """The texts of a post, each compared with the one before."""
    shown = history_view(post, parse_int(request.GET.get("before", ""), least=1))
    context = {
        "post": post_view(request.actor, post),
        "place": place_of(post.thread),
        "history": shown,
        "may_purge": is_moderated_by(request.actor, post.thread),
    }
    return render(request, "core/conversations/history.html", context)


@requires(ATTACHMENT_READ)
@require_safe
def attachment(request: HubRequest, attachment: Attachment, filename: str) -> HttpResponseBase:
    """A file of a post; browsers show pictures and save everything else."""
    if filename != attachment.name:
        raise AttachmentNotFound
    return serve_object(
        request,
        ATTACHMENTS.open(StoredObject(attachment.sha256, attachment.size)),
        filename=attachment.name,
        etag=attachment.sha256,
        content_type=attachment.media_type if attachment.is_image else content_type_of("file"),
        attachment=not attachment.is_image,
        is_redirected=not attachment.is_image,
        headers={"Cache-Control": "private, max-age=3600"},
    )
