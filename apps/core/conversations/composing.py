"""What a composer has sent: its text with links to the files beside it, to be stored or shown again."""

from __future__ import annotations

from typing import Any

from apps.core.actor import Actor
from apps.core.errors import Refusal

from .files import FILE_LIMIT_BYTES
from .forms import FILES_LIMIT, PostForm
from .rendering import render_post
from .services.attachments import store_attachment

# the text and a few files at once
BODY_LIMIT_BYTES = 2 * FILE_LIMIT_BYTES


def sent_text(actor: Actor, form: PostForm) -> tuple[str, str]:
    """Return the text of a form with links to the files that came with it, and what is wrong."""
    if not form.is_valid():
        words = " ".join(str(error) for errors in form.errors.values() for error in errors)
        return str(form.data.get("source", "")), words
    source = form.cleaned_data["source"].replace("\r\n", "\n")
    try:
        for file in form.cleaned_data["attachments"][:FILES_LIMIT]:
            stored = store_attachment(actor=actor, name=file.name or "", data=file.read())
            source = f"{source.rstrip()}\n\n{stored.markdown}\n".lstrip()
    except Refusal as refusal:
        return source, refusal.words
    return source, ""


def shown_again(source: str, error: str = "") -> dict[str, Any]:
    """Return the fields of a ComposerView with a text that was not stored."""
    shown = render_post(source).html if source.strip() and not error else None
    return {"source": source, "error": error, "preview": shown}
