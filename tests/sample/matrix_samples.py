"""Notes for the permission matrix."""

from __future__ import annotations

from apps.core.conversations.models import Thread
from apps.core.conversations.services.attachments import store_attachment
from apps.core.conversations.services.drafts import save_draft
from apps.core.conversations.services.posts import add_post, edit_post
from apps.core.moderation.models import ReportReason
from apps.core.moderation.services.reports import report
from tests.api.matrix import ELSEWHERE, OPEN_TO_ALL, Target
from tests.makers import Cast

from .models import Note
from .services import thread_of


def matrix_samples(cast: Cast) -> dict[str, list[Target]]:
    """Return notes of the organization, each with a reported, edited comment, a file and a draft.

    One is public, one is private. A third comment, on the public one, waits for a moderator.
    """
    notes = {
        state: Note.objects.create(namespace=cast.organization, title=state, is_public=state == "public")
        for state in ("public", "private")
    }
    targets = [
        Target(f"{state} note", {"note_id": str(note.pk)}, OPEN_TO_ALL[state])
        for state, note in notes.items()
    ]
    found = {"note_id": targets, "review_id": [], "report_id": []}
    found |= {"thread_id": [], "post_id": [], "attachment_key": [], "place": [_draft_of(cast)]}
    for state, note in notes.items():
        file = store_attachment(actor=cast.owner.actor, name="notes.txt", data=b"Milk")
        thread = thread_of(note)
        post = add_post(actor=cast.owner.actor, thread_id=thread.pk, source=f"Milk {file.markdown}")
        edit_post(actor=cast.owner.actor, post_id=post.pk, source=f"Bread {file.markdown}", revision=1)
        made = report(actor=cast.member.actor, content=f"post:{post.public_id}", reason=ReportReason.SPAM)
        review_id, report_id = str(made.review.public_id), str(made.public_id)
        found["review_id"].append(Target(f"{state} review", {"review_id": review_id}, -1))
        values = {
            **ELSEWHERE,
            "thread_id": thread.public_id,
            "post_id": post.public_id,
            "attachment_key": file.key,
            "filename": file.name,
        }
        for parameter, what in (("thread_id", "thread"), ("post_id", "post"), ("attachment_key", "file")):
            found[parameter].append(Target(f"{state} {what}", values, OPEN_TO_ALL[state]))
        if state == "public":
            found["post_id"].append(_held_post(cast, thread))
        found["report_id"].append(Target(f"{state} report", {"report_id": report_id}, -1))
    return found


def _held_post(cast: Cast, thread: Thread) -> Target:
    post = add_post(actor=cast.owner.actor, thread_id=thread.pk, source="Milk", is_held=True)
    edit_post(actor=cast.owner.actor, post_id=post.pk, source="Bread", revision=1)
    return Target("held post", {**ELSEWHERE, "post_id": post.public_id}, -1)


def _draft_of(cast: Cast) -> Target:
    draft = save_draft(actor=cast.owner.actor, place="reply:somewhere", source="Half a thou")
    return Target("draft of the owner", {"place": draft.place}, -1)
