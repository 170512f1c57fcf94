"""Naming another repository for a job whose output was refused."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.core.web.actions import post_response
from apps.core.web.http import HubRequest
from apps.core.web.policies import requires
from apps.toolchain.contracts import translate_message
from apps.toolchain.jobs.errors import InvalidOrder
from apps.toolchain.jobs.models import Job
from apps.toolchain.jobs.policies import JOB_WRITE
from apps.toolchain.jobs.services import retry_job

from ..services.launch import Output, rename_output


@requires(JOB_WRITE)
@require_POST
def rename(request: HubRequest, job: Job) -> HttpResponse:
    """Publish under another name: what was trained is kept, so that the retry only publishes it."""
    made = job.output_repo
    name = request.POST.get("name", "").strip()
    output = Output(f"{job.namespace.name}/{name}", made.is_private if made else None)
    try:
        rename_output(actor=request.actor, job_id=job.pk, output=output)
    except InvalidOrder as refusal:
        words = translate_message(_, refusal.facts["fields"].get("output", refusal.words))
        return post_response(request, job, words, level=messages.ERROR)
    return post_response(
        request, retry_job(actor=request.actor, job_id=job.pk), _("Job queued."), level=messages.INFO
    )
