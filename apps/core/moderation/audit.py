"""Actions of moderation in the audit log."""

from enum import StrEnum


class Action(StrEnum):
    REVIEW_DECIDED = "review.decided"
    REVIEW_UNDONE = "review.undone"
    REPORTED_HIDDEN = "review.reported_hidden"
    SANCTIONED = "sanction.imposed"
    SANCTION_LIFTED = "sanction.lifted"
    BAN_ADDED = "ban.added"
    BAN_LIFTED = "ban.lifted"
    TRUST_CHANGED = "trust.changed"
    SWITCH_ON = "emergency_switch.on"
    SWITCH_OFF = "emergency_switch.off"
    CONTENT_REMOVED = "removal.started"
    CONTENT_RESTORED = "removal.undone"
    REPLY_SAVED = "saved_reply.saved"
    REPLY_DELETED = "saved_reply.deleted"
