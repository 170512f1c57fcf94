"""Pages of notes."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.core.actor import Need
from apps.core.conversations.presenters import thread_view
from apps.core.conversations.providers import ThreadPlace
from apps.core.moderation.submissions import facts_of
from apps.core.web.http import HubRequest
from apps.core.web.pagination import page_by_cursor
from apps.core.web.policies import PUBLIC, SIGNED_IN, requires

from .access import can
from .forms import NoteForm
from .models import Note
from .policies import NOTE_ADMIN, NOTE_READ
from .selectors import notes_for
from .services import create_note, delete_note

PAGE_SIZE = 24


@requires(PUBLIC)
@require_safe
def notes(request: HubRequest) -> HttpResponse:
    """List the notes that the reader may see, newest first."""
    page = page_by_cursor(
        notes_for(request.actor), order=("-id",), cursor=request.GET.get("cursor"), limit=PAGE_SIZE
    )
    return render(request, "sample/list.html", {"notes": page.items, "next": page.next_cursor})


@requires(NOTE_READ)
@require_safe
def note(request: HubRequest, note: Note) -> HttpResponse:
    place = ThreadPlace(note.title, note.get_absolute_url())
    talk = thread_view(request.actor, note.thread, place, request.GET.dict()) if note.thread else None
    context = {"note": note, "may_delete": can(request.actor, Need.ADMIN, note), "talk": talk}
    return render(request, "sample/note.html", context)


@requires(SIGNED_IN)
@require_http_methods(["GET", "HEAD", "POST"])
def new_note(request: HubRequest) -> HttpResponse:
    form = NoteForm(request.POST or None, initial={"is_public": True})
    if request.method == "POST" and form.is_valid():
        facts = facts_of(request, starts_thread=True)
        return redirect(create_note(actor=request.actor, facts=facts, **form.cleaned_data))
    status = 422 if request.method == "POST" else 200
    return render(request, "sample/new.html", {"form": form}, status=status)


@requires(NOTE_ADMIN)
@require_POST
def delete(request: HubRequest, note: Note) -> HttpResponse:
    delete_note(actor=request.actor, note_id=note.pk)
    return redirect("/notes")
