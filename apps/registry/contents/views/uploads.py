"""File uploads from the browser."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from apps.core.errors import TooLarge
from apps.core.web.actions import post_response
from apps.core.web.bodies import takes_body
from apps.core.web.http import HubRequest, declared_length
from apps.core.web.spooled_uploads import SpooledUpload, SpoolHandler
from apps.registry.blobs.services import UploadContext, reserve_bytes
from apps.registry.repos.links import Links
from apps.registry.repos.models import Repo
from apps.registry.repos.policies import REPO_WRITE
from apps.registry.repos.selectors import git_of
from apps.registry.repos.views.repo_page import repo_page

from ..errors import BranchMoved
from ..forms import UploadForm
from ..services.upload import ReceivedFile, upload_files
from .editing import FORM_REFUSALS, branch_head
from .files import files_facts


@csrf_exempt
@takes_body(lambda: settings.UPLOAD_LIMIT_BYTES)
@repo_page(REPO_WRITE)
@require_http_methods(["GET", "POST"])
def upload(request: HubRequest, repo: Repo, revision: str, path: str = "") -> HttpResponse:
    """Upload files; the body is read only after permission, size and target are checked."""
    head = branch_head(repo, revision)
    if request.method == "GET":
        form = UploadForm(initial={"folder": path.strip("/"), "parent": head or ""})
        return _page(request, repo, revision, form)
    if int(request.META.get("CONTENT_LENGTH") or 0) > settings.UPLOAD_LIMIT_BYTES:
        raise TooLarge(
            _("These files exceed the %(size)s GiB limit.") % {"size": settings.UPLOAD_LIMIT_BYTES >> 30}
        )
    request.upload_handlers = [SpoolHandler(settings.UPLOAD_LIMIT_BYTES)]
    with reserve_bytes(UploadContext(repo.pk, request.actor.user_id), declared_length(request) or 0):
        request.FILES  # noqa: B018  parses the body into the spool
    response: HttpResponse = _commit_upload(request, repo, revision)
    return response


@csrf_protect
def _commit_upload(request: HubRequest, repo: Repo, revision: str) -> HttpResponse:
    form = UploadForm(request.POST)
    if not form.is_valid():
        return _page(request, repo, revision, form, status=422)
    data = form.cleaned_data
    files = [
        _received_file(one, data["folder"])
        for one in request.FILES.getlist("files")
        if isinstance(one, SpooledUpload)
    ]
    try:
        done = upload_files(
            actor=request.actor,
            address=repo.address,
            branch=revision,
            files=files,
            message=data["message"] or _message(files),
            description=data["description"],
        )
    except (BranchMoved, *FORM_REFUSALS) as refusal:
        form.add_error(None, refusal.as_form_error())
        return _page(request, repo, revision, form, status=refusal.status)
    for sentence in done.warnings:
        messages.warning(request, sentence)
    message = ngettext("Uploaded %(count)s file.", "Uploaded %(count)s files.", len(files))
    page = Links(repo.address, revision).at("tree", data["folder"])
    return post_response(request, page, message % {"count": len(files)})


def _received_file(file: SpooledUpload, folder: str) -> ReceivedFile:
    path = f"{folder}/{file.name}" if folder else str(file.name)
    return ReceivedFile(path, file.path, file.size or 0, file.sha256)


def _message(files: list[ReceivedFile]) -> str:
    if len(files) == 1:
        return f"Upload {files[0].path}"[:200]
    return f"Upload {len(files)} files"


def _page(
    request: HubRequest, repo: Repo, revision: str, form: UploadForm, *, status: int = 200
) -> HttpResponse:
    folder: Any = form["folder"].value() or ""
    facts = files_facts(request, repo, git_of(repo), revision, str(folder).strip("/"))
    return render(
        request,
        "registry/contents/upload.html",
        {**facts, "form": form, "limit_bytes": settings.UPLOAD_LIMIT_BYTES},
        status=status,
    )
