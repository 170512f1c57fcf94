"""Why a job failed, as the REST API shows it."""

from __future__ import annotations

from ..contracts import Fault

CAUSES = {Fault.USER: "user", Fault.PLATFORM: "system"}


def error_json(fault: str, code: str, message: str) -> dict[str, str] | None:
    """Return a failure as a resource, None if there is none."""
    return {"cause": CAUSES[Fault(fault)], "code": code, "message": message} if fault else None
