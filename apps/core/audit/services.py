"""Writing to the audit log."""

from enum import StrEnum

import structlog

from apps.core.actor import Actor

from .models import AuditEntry

log = structlog.get_logger(__name__)


def record(actor: Actor, action: StrEnum, subject: object = "", **facts: object) -> None:
    """Append an audit entry in the caller's transaction and log it as an event."""
    request_id = structlog.contextvars.get_contextvars().get("request_id", "")
    AuditEntry.objects.create(
        actor_kind=actor.kind,
        actor_id=actor.user_id,
        actor_name=actor.name,
        action=str(action),
        object=str(subject)[:300],
        facts=facts,
        request_id=str(request_id)[:200],
    )
    log.info(str(action), by=actor.name, subject=str(subject), **facts)
