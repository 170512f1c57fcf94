"""Uploads in parts, for files that are too large for one request.

source  openai-python `resources/uploads/uploads.py` `upload_file_chunked`, `resources/uploads/parts.py`
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import IO, Any

from django.conf import settings
from django.http import JsonResponse

from apps.core.web.bodies import takes_body
from apps.core.web.http import HubRequest
from apps.core.web.policies import requires
from apps.toolchain.files.models import FileUpload
from apps.toolchain.files.services import NewFile, add_part, begin_upload, cancel_upload, complete_upload
from apps.users.accounts.models import Namespace

from .bodies import FORM_BYTES, MIB, JsonBody, read_form, read_json
from .errors import Invalid, missing
from .files import JOBS, LIFETIME_LEAST, LIFETIME_MOST, checked_lifetime, filename_of, purpose_of
from .policies import ACCOUNT_USE, FILE_UPLOAD
from .shapes import part_json, upload_json

UPLOAD_LIMIT_BYTES = 2048 * MIB
PART_LIMIT_BYTES = 64 * MIB
PARTS_LIMIT = 1000
BLOCK_BYTES = MIB


@requires(ACCOUNT_USE, scopes=JOBS)
def create(request: HubRequest, namespace: Namespace) -> JsonResponse:
    """Begin an upload."""
    body = read_json(request)
    limit = min(UPLOAD_LIMIT_BYTES, settings.UPLOAD_LIMIT_BYTES)
    size = body.integer("bytes", least=1, most=limit)
    if size is None:
        raise missing("bytes")
    body.text("mime_type")
    after = JsonBody(body.object("expires_after"))
    lifetime = after.integer("seconds", least=LIFETIME_LEAST, most=LIFETIME_MOST)
    new = NewFile(
        filename_of(body.text("filename")),
        purpose_of(body),
        checked_lifetime(after.text("anchor", ""), lifetime),
    )
    upload = begin_upload(actor=request.actor, namespace=namespace, new=new, size=size, limit_bytes=limit)
    return JsonResponse(upload_json(upload))


@requires(FILE_UPLOAD, scopes=JOBS)
@takes_body(PART_LIMIT_BYTES + FORM_BYTES)
def add(request: HubRequest, upload: FileUpload) -> JsonResponse:
    """Add one part."""
    data, _body = read_form(request, "data", limit_bytes=PART_LIMIT_BYTES)
    data.seek(0)
    part = add_part(
        actor=request.actor,
        upload_id=upload.public_id,
        blocks=_blocks(data.file),  # type: ignore[arg-type]
        limit_bytes=PART_LIMIT_BYTES,
    )
    return JsonResponse(part_json(part))


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    return iter(partial(file.read, BLOCK_BYTES), b"")


@requires(FILE_UPLOAD, scopes=JOBS)
def complete(request: HubRequest, upload: FileUpload) -> JsonResponse:
    """Join the parts, in the order of `part_ids`, to a file."""
    body = read_json(request)
    part_ids: Any = body.fields.get("part_ids")
    is_list = isinstance(part_ids, list) and 0 < len(part_ids) <= PARTS_LIMIT
    if not is_list or not all(isinstance(one, str) for one in part_ids):
        raise Invalid(f"'part_ids' must be a list of at most {PARTS_LIMIT} ids.", param="part_ids")
    done = complete_upload(
        actor=request.actor, upload_id=upload.public_id, part_ids=part_ids, md5=body.text("md5", "")
    )
    return JsonResponse(upload_json(done))


@requires(FILE_UPLOAD, scopes=JOBS)
def cancel(request: HubRequest, upload: FileUpload) -> JsonResponse:
    return JsonResponse(upload_json(cancel_upload(actor=request.actor, upload_id=upload.public_id)))
