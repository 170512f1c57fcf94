"""Reading requests: JSON bodies, forms with a file, and pages by the id of the last item."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, UnreadablePostError
from django.http.multipartparser import MultiPartParserError

from apps.core.text.storable import is_storable
from apps.core.web.http import read_body
from apps.core.web.params import BadJson, parse_int, parse_json_object
from apps.core.web.spooled_uploads import SpooledUpload, SpoolHandler

from .errors import Invalid, missing

MIB = 1 << 20
JSON_LIMIT_BYTES = MIB
FORM_BYTES = MIB
TEXT_LIMIT = 1000
METADATA_PAIRS, METADATA_KEY, METADATA_VALUE = 16, 64, 512
UNREADABLE = (
    MultiPartParserError,
    TooManyFieldsSent,
    TooManyFilesSent,
    RequestDataTooBig,
    UnreadablePostError,
)


@dataclass(frozen=True, slots=True)
class JsonBody:
    """An object of a request. digest: hash of its bytes"""

    fields: Mapping[str, Any]
    digest: str = ""

    def text(self, name: str, default: str | None = None, *, limit: int = TEXT_LIMIT) -> str:
        """Return a string; absent and null are the default (raises Invalid)."""
        value = self.fields.get(name)
        if default is None and value in (None, ""):
            raise missing(name)
        if value is None:
            return default or ""
        if not isinstance(value, str) or len(value) > limit:
            raise Invalid(f"'{name}' must be a string of at most {limit} characters.", param=name)
        return value

    def integer(self, name: str, *, least: int, most: int) -> int | None:
        value = self.fields.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise Invalid(f"'{name}' must be an integer from {least} to {most}.", param=name)
        return value

    def boolean(self, name: str, default: bool) -> bool:
        value = self.fields.get(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise Invalid(f"'{name}' must be true or false.", param=name)
        return value

    def object(self, name: str) -> dict[str, Any]:
        """Return an object, an empty one if it is absent or null."""
        value = self.fields.get(name)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise Invalid(f"'{name}' must be an object.", param=name)
        return value

    def metadata(self) -> dict[str, str]:
        found = self.object("metadata")
        is_short = all(
            len(key) <= METADATA_KEY and isinstance(value, str) and len(value) <= METADATA_VALUE
            for key, value in found.items()
        )
        if len(found) > METADATA_PAIRS or not is_short:
            raise Invalid(
                f"'metadata' can have {METADATA_PAIRS} pairs: keys of at most {METADATA_KEY} characters, "
                f"and strings of at most {METADATA_VALUE}.",
                param="metadata",
            )
        return found


def read_json(request: HttpRequest) -> JsonBody:
    """Return the JSON object in the body (raises Invalid, TooLarge)."""
    data = read_body(request, limit=JSON_LIMIT_BYTES)
    try:
        return JsonBody(parse_json_object(data or b"{}"), hashlib.sha256(data).hexdigest())
    except BadJson as error:
        raise Invalid(f"The body {error}", reason="invalid_json") from None


def read_form(request: HttpRequest, name: str, *, limit_bytes: int) -> tuple[SpooledUpload, JsonBody]:
    """Return the file and the other fields of a form.

    name    of the file's field
    raises  Invalid, TooLarge
    """
    request.upload_handlers = [SpoolHandler(limit_bytes)]
    try:
        fields = {key: request.POST[key] for key in request.POST}
        files = request.FILES.getlist(name)
    except UNREADABLE:
        raise Invalid("The form can't be read: it is incomplete or malformed.") from None
    if not files:
        raise missing(name)
    if not all(is_storable(value) for value in (*fields.values(), files[0].name or "")):
        raise Invalid("The form contains a NUL character.")
    return cast(SpooledUpload, files[0]), JsonBody(fields)


def form_integer(body: JsonBody, name: str, *, least: int, most: int) -> int | None:
    """Return an integer that a form sends as text (raises Invalid)."""
    text = body.text(name, "")
    value = parse_int(text) if text else None
    if text and (value is None or not least <= value <= most):
        raise Invalid(f"'{name}' must be an integer from {least} to {most}.", param=name)
    return value


@dataclass(frozen=True, slots=True)
class PageQuery:
    """after: id of the last item that the client has, empty for the first page"""

    limit: int
    after: str = ""


def page_query(request: HttpRequest, *, default: int, most: int) -> PageQuery:
    """Return the page that a request asks for (raises Invalid)."""
    limit = parse_int(request.GET.get("limit", str(default)), least=1)
    if limit is None:
        raise Invalid("'limit' must be a positive integer.", param="limit")
    return PageQuery(min(limit, most), request.GET.get("after", "")[:TEXT_LIMIT])


def page_json(items: list[dict[str, Any]], limit: int) -> dict[str, Any]:
    """Return a page of a list.

    items   one more than the limit if there are more
    source  openai-python `SyncCursorPage`: goes on with the last item's id while has_more is true
    """
    shown = items[:limit]
    return {
        "object": "list",
        "data": shown,
        "has_more": len(items) > limit,
        "first_id": shown[0]["id"] if shown else None,
        "last_id": shown[-1]["id"] if shown else None,
    }


def number_after(after: str, parse: Callable[[str], int | None]) -> int | None:
    """Return the number in an item's id, None for the first page (raises Invalid)."""
    if not after:
        return None
    number = parse(after)
    if number is None:
        raise Invalid("'after' is not the id of an item of this list.", param="after")
    return number


def metadata_filters(request: HttpRequest) -> dict[str, str] | None:
    """Return the pairs that `metadata[key]=value` asks for; None for only those without metadata."""
    if request.GET.get("metadata") == "null":
        return None
    names = [name for name in request.GET if name.startswith("metadata[") and name.endswith("]")]
    return {name.removeprefix("metadata[")[:-1]: request.GET[name] for name in names}
