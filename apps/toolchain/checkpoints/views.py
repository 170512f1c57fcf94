"""The bytes of checkpoints, for the worker that resumes a job."""

from __future__ import annotations

from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from apps.core.objects.folders import StoredObject
from apps.core.objects.serving import serve_object
from apps.core.web.http import HubRequest
from apps.core.web.policies import requires

from .folders import CHECKPOINTS
from .models import CheckpointObject
from .policies import CHECKPOINT_BYTES


@requires(CHECKPOINT_BYTES)
@require_safe
def content(request: HubRequest, stored: CheckpointObject) -> HttpResponseBase:
    """Send the bytes to the job's key. They may be pickles, which only the job's own sandbox reads."""
    return serve_object(
        request,
        CHECKPOINTS.open(StoredObject(stored.sha256, stored.size)),
        filename=stored.sha256,
        etag=stored.sha256,
        attachment=True,
        headers={"Cache-Control": "private, no-cache"},
    )
