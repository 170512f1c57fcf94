"""Saved replies: statements of reasons that moderators reuse."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from apps.core.actor import Actor
from apps.core.audit.services import record

from ..access import check_staff
from ..audit import Action
from ..errors import ReplyNotFound, TooManyReplies
from ..models import SavedReply
from .decisions import needs_reason

REPLIES_LIMIT = 200


@transaction.atomic
def save_reply(*, actor: Actor, title: str, text: str) -> SavedReply:
    """Save a reply; one of the same title is replaced.

    raises  Forbidden, ReasonRequired, TooManyReplies
    """
    check_staff(actor)
    title, text = needs_reason(title)[:100], needs_reason(text)
    if SavedReply.objects.exclude(title=title).count() >= REPLIES_LIMIT:
        raise TooManyReplies
    reply, _is_new = SavedReply.objects.update_or_create(title=title, defaults={"text": text})
    record(actor, Action.REPLY_SAVED, title)
    return reply


@transaction.atomic
def delete_reply(*, actor: Actor, public_id: UUID | str) -> None:
    """raises  Forbidden, ReplyNotFound"""
    check_staff(actor)
    reply = SavedReply.objects.filter(public_id=public_id).first()
    if reply is None:
        raise ReplyNotFound
    reply.delete()
    record(actor, Action.REPLY_DELETED, reply.title)
