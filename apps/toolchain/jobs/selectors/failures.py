"""Why a job failed, as the REST API shows it."""

from __future__ import annotations

from enum import StrEnum

from apps.toolchain.contracts import Fault


class FailureCause(StrEnum):
    """Who can mend a failure: the user, by another job; or the site, whose users may retry the job."""

    USER = "user"
    SYSTEM = "system"


CAUSES = {Fault.USER: FailureCause.USER, Fault.PLATFORM: FailureCause.SYSTEM}


def error_json(fault: str, code: str, message: str) -> dict[str, str] | None:
    """Return a failure as a resource, None if there is none."""
    return {"cause": CAUSES[Fault(fault)].value, "code": code, "message": message} if fault else None
