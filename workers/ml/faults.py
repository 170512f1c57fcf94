"""Why a job fails: yours is shown and rests, ours is logged and may be retried."""

from __future__ import annotations

from apps.toolchain.jobs.contracts import Fault, fault_of


class JobFault(Exception):
    """A failure with a stable code of the contracts and a plain sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    @property
    def fault(self) -> Fault:
        return fault_of(self.code)


class YourFault(JobFault):
    """Something in the inputs or the parameters that only the person can put right."""


class OurFault(JobFault):
    """Something in the worker or the hub; the same job may succeed later."""


class NoRoom(OurFault):
    """The machine has no disk or memory left: nothing is waited for, not even a checkpoint."""


class SaidFault(OurFault):
    """A failure on our side as a child tells it; children are as untrusted as what they load."""


class OutOfTime(YourFault):
    """The job has run as long as it may."""

    def __init__(self) -> None:
        super().__init__(
            "time_exceeded",
            "The job has run as long as a job may on this site. Order fewer epochs or less data.",
        )


class Cancelled(Exception):
    """The person asked for the end."""


class LeaseLost(Exception):
    """The attempt is no longer ours: another worker may have the job."""


class Stopped(Exception):
    """The child was told to stop and has kept a checkpoint."""
