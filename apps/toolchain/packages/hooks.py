"""Signals to apps that keep something for projects; receivers run in the transaction of the change."""

from django.dispatch import Signal

# project: a locked row with its new owner; within_limit: refuse what exceeds the owner's limit
project_transferred = Signal()
# project_id: of the row that is gone
project_deleted = Signal()
