"""What the audit records about workers."""

from enum import StrEnum


class FleetAction(StrEnum):
    STATE_CHANGED = "worker.state_changed"
    REMOVED = "worker.removed"
    TOKEN_CREATED = "worker_token.created"
    TOKEN_REVOKED = "worker_token.revoked"
