"""Policies of jobs: they open the job of the URL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from apps.core.actor import Need
from apps.core.web.http import HubRequest
from apps.core.web.policies import TOKEN, Policy

from .access import check_key, data_job_for, job_for, job_for_cancel, lock_job
from .models import Job


def _opener(need: Need) -> Callable[..., Job]:
    def open_job(request: HubRequest, *, job_id: UUID, lock: bool = False) -> Job:
        return job_for(request.actor, job_id, need, lock=lock)

    return open_job


def _open_data(request: HubRequest, *, job_id: UUID) -> Job:
    return data_job_for(request.actor, job_id)


def _open_to_cancel(request: HubRequest, *, job_id: UUID, lock: bool = False) -> Job:
    return job_for_cancel(request.actor, job_id, lock=lock)


def _open_by_key(request: HubRequest, *, job_id: UUID, lock: bool = False) -> UUID:
    check_key(request.actor, job_id)
    if lock:
        lock_job(job_id)
    return job_id


VISIBLE: dict[str, Any] = {"admits_anonymous": True, "admits_applications": True, "need": Need.READ}
JOB: dict[str, Any] = {"takes": ("job_id",), "gives": "job"}

JOB_READ = Policy("job-read", "readers of the job", open=_opener(Need.READ), **VISIBLE, **JOB)
JOB_DATA = Policy("job-data", "readers of the job, but not staff as such", open=_open_data, **VISIBLE, **JOB)
JOB_WRITE = Policy("job-write", "who may change the job", open=_opener(Need.WRITE), need=Need.WRITE, **JOB)
JOB_CANCEL = Policy(
    "job-cancel", "who may change the job, and staff", open=_open_to_cancel, need=Need.WRITE, **JOB
)
# The service locks the job of a key; what the view needs of it is its id.
JOB_KEY = Policy(
    "job-key", "the job's key", credentials=(TOKEN,), open=_open_by_key, takes=("job_id",), gives="job_id"
)
POLICIES = [JOB_READ, JOB_DATA, JOB_WRITE, JOB_CANCEL, JOB_KEY]
