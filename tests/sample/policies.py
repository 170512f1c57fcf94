"""Policies of the views of notes: they open the note of the URL."""

from __future__ import annotations

from typing import Any

from apps.core.actor import Need
from apps.core.web.http import HubRequest
from apps.core.web.policies import Policy

from .access import note_for
from .models import Note


def _policy(name: str, words: str, need: Need, **options: Any) -> Policy:
    def open_note(request: HubRequest, *, note_id: int, lock: bool = False) -> Note:
        return note_for(request.actor, note_id, need, lock=lock)

    return Policy(name, words, open=open_note, takes=("note_id",), gives="note", need=need, **options)


NOTE_READ = _policy(
    "note-read", "readers of the note", Need.READ, admits_anonymous=True, admits_applications=True
)
NOTE_ADMIN = _policy("note-admin", "admins of the note's namespace", Need.ADMIN)
POLICIES = [NOTE_READ, NOTE_ADMIN]
