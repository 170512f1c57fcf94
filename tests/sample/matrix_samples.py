"""Notes for the permission matrix."""

from __future__ import annotations

from tests.api.matrix import OPEN_TO_ALL, Target
from tests.makers import Cast

from .models import Note


def matrix_samples(cast: Cast) -> dict[str, list[Target]]:
    """Return a public and a private note of the organization."""
    notes = {
        state: Note.objects.create(namespace=cast.organization, title=state, is_public=state == "public")
        for state in ("public", "private")
    }
    targets = [
        Target(f"{state} note", {"note_id": str(note.pk)}, OPEN_TO_ALL[state])
        for state, note in notes.items()
    ]
    return {"note_id": targets}
