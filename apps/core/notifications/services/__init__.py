"""Telling events, subscribing, keeping the inbox."""

from .events import announce, restore_event, update_event, withdraw

__all__ = ["announce", "restore_event", "update_event", "withdraw"]
