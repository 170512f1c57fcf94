"""Telling events, subscribing, keeping the inbox."""

from .events import announce, update_event, withdraw

__all__ = ["announce", "update_event", "withdraw"]
