"""Notes for the permission matrix."""

from __future__ import annotations

from apps.core.conversations.services.posts import add_post
from apps.core.moderation.models import ReportReason
from apps.core.moderation.services.reports import report
from tests.api.matrix import OPEN_TO_ALL, Target
from tests.makers import Cast

from .models import Note
from .services import thread_of


def matrix_samples(cast: Cast) -> dict[str, list[Target]]:
    """Return a public and a private note of the organization, and a reported comment on each."""
    notes = {
        state: Note.objects.create(namespace=cast.organization, title=state, is_public=state == "public")
        for state in ("public", "private")
    }
    targets = [
        Target(f"{state} note", {"note_id": str(note.pk)}, OPEN_TO_ALL[state])
        for state, note in notes.items()
    ]
    found = {"note_id": targets, "review_id": [], "report_id": []}
    for state, note in notes.items():
        post = add_post(actor=cast.owner.actor, thread_id=thread_of(note).pk, source="Milk")
        made = report(actor=cast.member.actor, content=f"post:{post.public_id}", reason=ReportReason.SPAM)
        review_id, report_id = str(made.review.public_id), str(made.public_id)
        found["review_id"].append(Target(f"{state} review", {"review_id": review_id}, -1))
        found["report_id"].append(Target(f"{state} report", {"report_id": report_id}, -1))
    return found
