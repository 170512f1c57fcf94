"""The REST API of workers: for themselves, and for who runs them."""

from .manage import OneWorker, Workers
from .protocol import WorkerGreeting, WorkerNextJob
from .tokens import OneWorkerToken, WorkerTokens

__all__ = ["OneWorker", "OneWorkerToken", "WorkerGreeting", "WorkerNextJob", "WorkerTokens", "Workers"]
