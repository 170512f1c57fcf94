"""Changing the fleet: one function, one act."""

from .protocol import greet_worker, next_job
from .states import remove_worker, set_worker_state
from .tokens import create_worker_token, revoke_worker_token

__all__ = [
    "create_worker_token",
    "greet_worker",
    "next_job",
    "remove_worker",
    "revoke_worker_token",
    "set_worker_state",
]
