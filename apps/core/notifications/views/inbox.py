"""The inbox: lists, filters, marks."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from apps.core.errors import ValidationFailed
from apps.core.web.http import HubRequest
from apps.core.web.pagination import page_by_cursor
from apps.core.web.policies import requires

from ..forms import LevelForm, Mark, MarkForm
from ..models import Level
from ..policies import KEEP_NOTIFICATIONS, OWN_NOTIFICATIONS
from ..presenters import notification_views
from ..providers import kinds
from ..selectors import Folder, unread_counts
from ..selectors import inbox as notifications_in
from ..services.inbox import INBOX, mark, mark_all_read, open_notification
from ..services.subscriptions import clear_level, set_level

PAGE_SIZE = 30


@requires(OWN_NOTIFICATIONS)
@require_safe
def inbox(request: HubRequest) -> HttpResponse:
    """List the reader's notifications, newest first."""
    folder, kind = _folder(request.GET.get("folder", "")), request.GET.get("kind", "")
    kind = kind if kind in kinds() else ""
    rows = notifications_in(request.actor, folder=folder, kind=kind)
    rows = rows.select_related("event__actor__namespace")
    page = page_by_cursor(rows, order=("-id",), cursor=request.GET.get("cursor"), limit=PAGE_SIZE)
    counts = unread_counts(request.actor)
    context = {
        "folder": str(folder),
        "kind": kind,
        "kinds": [(name, each.label, counts.get(name, 0)) for name, each in kinds().items()],
        "notifications": notification_views(request.actor, page.items),
        "next": page.next_cursor,
    }
    return render(request, "notifications/inbox.html", context)


@requires(OWN_NOTIFICATIONS)
@require_safe
def open_one(request: HubRequest, notification_id: UUID) -> HttpResponse:
    """Mark a notification as read and go to its page."""
    return redirect(open_notification(actor=request.actor, public_id=notification_id))


@requires(KEEP_NOTIFICATIONS)
@require_POST
def mark_some(request: HubRequest) -> HttpResponse:
    """Mark the chosen notifications as read or unread, archive or restore them."""
    form = MarkForm(request.POST)
    ids = [found for word in request.POST.getlist("ids") if (found := _uuid(word)) is not None]
    if form.is_valid():
        act = Mark(form.cleaned_data["act"])
        is_read = {Mark.READ: True, Mark.UNREAD: False}.get(act)
        is_archived = {Mark.ARCHIVE: True, Mark.RESTORE: False}.get(act)
        mark(actor=request.actor, public_ids=ids, is_read=is_read, is_archived=is_archived)
    return _back(request)


@requires(KEEP_NOTIFICATIONS)
@require_POST
def mark_all(request: HubRequest) -> HttpResponse:
    """Mark everything as read, of one kind if the form names it."""
    mark_all_read(actor=request.actor, kind=request.POST.get("kind", ""))
    return _back(request)


@requires(KEEP_NOTIFICATIONS)
@require_POST
def choose_level(request: HubRequest) -> HttpResponse:
    """Watch, track or mute a target, or forget the choice."""
    form = LevelForm(request.POST)
    if not form.is_valid():
        raise ValidationFailed
    target, level = form.cleaned_data["target"], form.cleaned_data["level"]
    if level:
        set_level(actor=request.actor, target=target, level=Level(level))
    else:
        clear_level(actor=request.actor, target=target)
    return _watch_button(request, form) if "HX-Request" in request.headers else _back(request)


def _watch_button(request: HubRequest, form: LevelForm) -> HttpResponse:
    """Return the button that was used, with the new level."""
    next_path = request.POST.get("next", "")
    return render(request, "notifications/_watch.html", {**form.cleaned_data, "next": next_path})


def _folder(word: str) -> Folder:
    return Folder(word) if word in list(Folder) else Folder.INBOX


def _uuid(word: str) -> UUID | None:
    try:
        return UUID(word)
    except ValueError:
        return None


def _back(request: HubRequest) -> HttpResponse:
    """Return to the page of the form, if it is one of this site."""
    path = request.POST.get("next", "")
    is_own = path.startswith("/") and url_has_allowed_host_and_scheme(path, allowed_hosts=None)
    return redirect(path if is_own else INBOX)
