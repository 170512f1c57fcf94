"""Files for posts in the REST API."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.rest.body import query_str
from apps.core.rest.schema import Media, in_path, in_query, operation
from apps.core.rest.view import ApiView, actor_of, created
from apps.core.web.bodies import takes_body
from apps.core.web.http import OCTETS, read_body
from apps.core.web.policies import WRITER, requires

from ..files import FILE_LIMIT_BYTES
from ..models import Attachment
from ..policies import ATTACHMENT_READ
from ..services.attachments import store_attachment
from .shapes import AttachmentDetail

KEY = in_path("attachment_key", "ID of the file.")
NAME = in_query("name", about="Name of the file. Default: file.")


@requires(WRITER)
@takes_body(FILE_LIMIT_BYTES)
class AttachmentList(ApiView):
    content_limit_bytes = FILE_LIMIT_BYTES

    @operation(
        "create_attachment",
        "conversations",
        AttachmentDetail,
        413,
        422,
        429,
        status=201,
        body=Media((OCTETS,)).body,
        params=[NAME],
    )
    def post(self, request: Request) -> Response:
        """Upload a file for a post: a picture of up to 10 MiB, or a PDF, archive or text of up to 25 MiB."""
        data = read_body(request._request, limit=FILE_LIMIT_BYTES)
        stored = store_attachment(actor=actor_of(request), name=query_str(request, "name"), data=data)
        return created(AttachmentDetail(stored).data, f"/api/v1/attachments/{stored.key}")


@requires(ATTACHMENT_READ)
class OneAttachment(ApiView):
    @operation("get_attachment", "conversations", AttachmentDetail, 404, params=[KEY])
    def get(self, request: Request, attachment: Attachment) -> Response:
        """Get the facts of a file; its `url` has the content."""
        return Response(AttachmentDetail(attachment).data)
