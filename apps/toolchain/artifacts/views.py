"""Downloads of artifacts."""

from __future__ import annotations

from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from apps.core.objects.folders import StoredObject
from apps.core.objects.serving import serve_object
from apps.core.web.http import HubRequest
from apps.core.web.policies import requires

from .folders import ARTIFACTS
from .models import JobArtifact
from .policies import ARTIFACT_READ


@requires(ARTIFACT_READ)
@require_safe
def download(request: HubRequest, artifact: JobArtifact) -> HttpResponseBase:
    """Send an artifact, whole or by range; browsers save it."""
    return serve_object(
        request,
        ARTIFACTS.open(StoredObject(artifact.sha256, artifact.size)),
        filename=artifact.name,
        etag=artifact.sha256,
        content_type=artifact.media_type,
        attachment=True,
        headers={"Cache-Control": "private, no-cache"},
    )
