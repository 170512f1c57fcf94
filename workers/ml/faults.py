"""Why a job fails. A user fault is shown and final; a platform fault is logged and may be retried."""

from __future__ import annotations

from apps.toolchain.contracts import Fault, fault_of


class JobFault(Exception):
    """A failure with a stable code from the contracts and a plain sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    @property
    def fault(self) -> Fault:
        return fault_of(self.code)


class UserFault(JobFault):
    """Something in the inputs or the parameters that only the user can fix."""


class PlatformFault(JobFault):
    """Something in the worker or the hub; the same job may succeed later."""


class ResourceShortage(PlatformFault):
    """The machine has no disk space or memory left; the job is stopped without waiting for a checkpoint."""


class ReportedFault(PlatformFault):
    """A platform fault reported by a child, which is as untrusted as the model that it loads."""


class TimeLimitExceeded(UserFault):
    """The job has used up its time."""

    def __init__(self) -> None:
        super().__init__(
            "time_exceeded",
            "The job reached its time limit. Use fewer epochs or less data.",
        )


class JobCancellation(Exception):
    """The user cancelled the job."""


class LeaseLost(Exception):
    """The attempt has lost its lease; another worker may have the job."""


class Interruption(Exception):
    """The child was told to stop and has saved a checkpoint."""
