"""Uploads by twine and uv.

source  "Upload API" of the Python packaging specifications; twine `repository.py`; uv-publish
"""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpResponse, JsonResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.views.decorators.http import require_POST

from apps.core.text.storable import is_storable
from apps.core.web.bodies import takes_body
from apps.core.web.http import HubRequest
from apps.core.web.policies import requires
from apps.core.web.spooled_uploads import SpooledUpload, SpoolHandler

from ..errors import UploadRefused
from ..links import file_path
from ..policies import PACKAGE_UPLOAD
from ..services.upload import Upload, upload_file

FORM_BYTES = 8 << 20
UNREADABLE = (MultiPartParserError, TooManyFieldsSent, TooManyFilesSent, UnreadablePostError)


def upload_limit() -> int:
    return int(settings.PACKAGE_FILE_LIMIT_BYTES) + FORM_BYTES


@requires(PACKAGE_UPLOAD)
@takes_body(upload_limit)
@require_POST
def upload(request: HubRequest) -> HttpResponse:
    """Publish one file of a project."""
    file, _is_new = upload_file(actor=request.actor, upload=_read_form(request))
    url = f"{settings.PUBLIC_URL}{file_path(file.version.project.key, file.filename)}"
    return JsonResponse({"filename": file.filename, "sha256": file.sha256, "url": url})


def _read_form(request: HubRequest) -> Upload:
    """Read the form of an upload.

    raises  UploadRefused, TooLarge
    """
    request.upload_handlers = [SpoolHandler(settings.PACKAGE_FILE_LIMIT_BYTES)]
    try:
        fields = {name: request.POST.getlist(name) for name in request.POST}
        files = request.FILES.getlist("content")
    except RequestDataTooBig:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE >> 20
        raise UploadRefused(f"The metadata in the form is larger than {limit} MiB.") from None
    except UNREADABLE:
        raise UploadRefused("The form can't be read: it is incomplete or malformed.") from None
    if not all(is_storable(value) for values in fields.values() for value in values):
        raise UploadRefused("The form contains a NUL character.")
    _check_protocol(fields)
    if len(files) != 1:
        raise UploadRefused("The form needs one file, named content.")
    file = cast(SpooledUpload, files[0])
    return Upload(
        file=file.file,  # type: ignore[arg-type]
        filename=file.name or "",
        size=file.size or 0,
        sha256=file.sha256,
        fields=fields,
    )


def _check_protocol(fields: dict[str, list[str]]) -> None:
    if fields.get(":action") != ["file_upload"]:
        raise UploadRefused("The only action is file_upload.")
    if fields.get("protocol_version", ["1"])[-1] != "1":
        raise UploadRefused("The only protocol version is 1.")
