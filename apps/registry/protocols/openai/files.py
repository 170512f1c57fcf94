"""Files: uploading, listing, reading, deleting.

source  openai-python `resources/files.py`
"""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.http.response import HttpResponseBase

from apps.core.errors import TooLarge
from apps.core.objects.serving import serve_object
from apps.core.web.bodies import takes_body
from apps.core.web.http import HubRequest
from apps.core.web.policies import requires
from apps.toolchain.files.access import visible_to
from apps.toolchain.files.models import File, Purpose
from apps.toolchain.files.selectors import content_of
from apps.toolchain.files.services import NewFile, delete_file, store_file
from apps.users.accounts.models import Namespace
from apps.users.accounts.scopes import OAuthScope

from .bodies import FORM_BYTES, MIB, JsonBody, form_integer, page_json, page_query, read_form
from .errors import Invalid
from .policies import ACCOUNT_READ, ACCOUNT_USE, FILE_READ, FILE_WRITE
from .shapes import file_json

FILE_LIMIT_BYTES = 512 * MIB
PAGE, PAGE_LIMIT = 10_000, 10_000
NAME_LIMIT = 255
HOUR = 3600
LIFETIME_LEAST, LIFETIME_MOST = HOUR, 30 * 24 * HOUR
PURPOSES = (Purpose.FINE_TUNE, Purpose.EVALS, Purpose.BATCH, Purpose.USER_DATA)
JOBS = (OAuthScope.JOBS,)


@requires(ACCOUNT_USE, scopes=JOBS)
@takes_body(FILE_LIMIT_BYTES + FORM_BYTES)
def create(request: HubRequest, namespace: Namespace) -> JsonResponse:
    """Upload a file; the rows of one for fine-tuning are checked at once."""
    try:
        upload, body = read_form(request, "file", limit_bytes=FILE_LIMIT_BYTES)
    except TooLarge:
        words = (
            f"A file can have at most {FILE_LIMIT_BYTES // MIB} MiB here; larger ones go through /v1/uploads."
        )
        raise Invalid(words, param="file") from None
    expires = _lifetime(body)
    new = NewFile(filename_of(upload.name or ""), purpose_of(body), expires)
    file = store_file(
        actor=request.actor,
        namespace=namespace,
        new=new,
        file=upload.file,  # type: ignore[arg-type]
        size=upload.size or 0,
        sha256=upload.sha256,
    )
    return JsonResponse(file_json(file))


def purpose_of(body: JsonBody) -> Purpose:
    purpose = body.text("purpose")
    if purpose not in PURPOSES:
        raise Invalid(f"'purpose' must be one of {', '.join(PURPOSES)}.", param="purpose")
    return Purpose(purpose)


def filename_of(name: str) -> str:
    """Return a filename without control characters and folders (raises Invalid for an empty one)."""
    plain = "".join(one for one in name.replace("\\", "/").rpartition("/")[2] if one.isprintable()).strip()
    if not plain or len(plain) > NAME_LIMIT:
        raise Invalid(f"The file needs a name of at most {NAME_LIMIT} characters.", param="file")
    return plain


def _lifetime(body: JsonBody) -> int | None:
    """Return `expires_after` of a form in seconds, None for a file without an end."""
    anchor, name = body.text("expires_after[anchor]", ""), "expires_after[seconds]"
    found = form_integer(body, name, least=LIFETIME_LEAST, most=LIFETIME_MOST)
    return checked_lifetime(anchor, found)


def checked_lifetime(anchor: str, found: int | None) -> int | None:
    if not anchor and found is None:
        return None
    if anchor != "created_at" or found is None:
        words = "'expires_after' needs the anchor created_at and seconds."
        raise Invalid(words, param="expires_after")
    return found


@requires(ACCOUNT_READ, scopes=JOBS)
def list_files(request: HubRequest, namespace: Namespace) -> JsonResponse:
    """List the files of an account, newest first unless `order=asc`."""
    page = page_query(request, default=PAGE, most=PAGE_LIMIT)
    order = request.GET.get("order", "desc")
    if order not in ("asc", "desc"):
        raise Invalid("'order' must be asc or desc.", param="order")
    rows = visible_to(request.actor).filter(namespace=namespace)
    if purpose := request.GET.get("purpose", ""):
        rows = rows.filter(purpose=purpose)
    if page.after:
        last = visible_to(request.actor).filter(namespace=namespace, public_id=page.after).first()
        if last is None:
            raise Invalid("'after' is not the id of an item of this list.", param="after")
        rows = rows.filter(id__gt=last.pk) if order == "asc" else rows.filter(id__lt=last.pk)
    found = rows.order_by("id" if order == "asc" else "-id")[: page.limit + 1]
    return JsonResponse(page_json([file_json(file) for file in found], page.limit))


@requires(FILE_READ, scopes=JOBS)
def retrieve(request: HubRequest, stored_file: File) -> JsonResponse:
    return JsonResponse(file_json(stored_file))


@requires(FILE_READ, scopes=JOBS)
def content(request: HubRequest, stored_file: File) -> HttpResponseBase:
    """Return the bytes of a file, or a range of them."""
    return serve_object(
        request,
        content_of(stored_file),
        filename=stored_file.filename,
        etag=stored_file.sha256,
        attachment=True,
        headers={"Cache-Control": "private"},
    )


@requires(FILE_WRITE, scopes=JOBS)
def delete(request: HubRequest, stored_file: File) -> HttpResponse:
    delete_file(actor=request.actor, file_id=stored_file.public_id)
    answer: dict[str, Any] = {"id": stored_file.public_id, "object": "file", "deleted": True}
    return JsonResponse(answer)
