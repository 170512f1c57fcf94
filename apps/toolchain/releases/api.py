"""REST API of releases."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.errors import InvalidHeader, error_at
from apps.core.rest.body import (
    Body,
    RawCharField,
    StrictBooleanField,
    StrictCharField,
    StrictIntegerField,
    validated,
)
from apps.core.rest.fields import ModelResource, OptionalTextField, PathField
from apps.core.rest.schema import CURSOR, LIMIT, in_path, operation, page_of, with_example
from apps.core.rest.view import ApiView, actor_of, created, list_response, no_content
from apps.core.web.bodies import takes_body
from apps.core.web.http import body_blocks
from apps.core.web.policies import requires
from apps.toolchain.packages.errors import FileNotFound
from apps.toolchain.packages.models import Project
from apps.toolchain.packages.policies import PROJECT_READ, PROJECT_WRITE

from .errors import ReleaseNotFound
from .links import asset_path
from .models import NOTES_LIMIT_CHARACTERS, TAG_LIMIT_CHARACTERS, Asset, AssetUpload, Release
from .policies import RELEASE_READ, RELEASE_WRITE
from .selectors import ORDER, latest_release, releases_of
from .services.assets import begin_upload, cancel_upload, delete_asset, put_asset, receive_piece, upload_for
from .services.releases import create_release, delete_release, publish_release, update_release

MOMENT = "2026-01-31T12:00:00.000Z"
PACKAGE = in_path("project", "Name of the project; every spelling of it works.")
TAG = in_path("tag", "Tag of the release.")
FILENAME = in_path("filename", "Name of the file.")
UPLOAD = in_path("upload_id", "Id of the upload.")
SHA256 = OpenApiParameter(
    "X-Checksum-Sha256", str, OpenApiParameter.HEADER, description="What the body has to hash to, in hex."
)
OFFSET = OpenApiParameter(
    "Upload-Offset", int, OpenApiParameter.HEADER, required=True, description="Where the piece begins."
)
BYTES = {"application/octet-stream": OpenApiTypes.BINARY}
ASSET_EXAMPLE = {
    "name": "tree-tools-linux.tar.gz",
    "sha256": "0" * 64,
    "size_bytes": 1024,
    "download_count": 12,
    "uploaded_at": MOMENT,
    "url": "/packages/tree-tools/releases/v1.0/tree-tools-linux.tar.gz",
}


@with_example(ASSET_EXAMPLE)
class ReleaseAsset(ModelResource):
    """A file of a release."""

    size_bytes = serializers.IntegerField(source="size")
    download_count = serializers.IntegerField(source="downloads", help_text="Whole downloads, all time.")
    url = serializers.SerializerMethodField(help_text="Path to download it from.")

    class Meta:
        model = Asset
        fields = ("name", "sha256", "size_bytes", "download_count", "uploaded_at", "url")
        extra_kwargs = {"uploaded_at": {"help_text": "When it was added to the draft."}}

    def get_url(self, asset: Asset) -> str:
        return asset_path(asset.release, asset.name)


@with_example(
    {
        "id": "5b8f3d1e-2c47-4e0b-9f43-1d0c8a7e6b52",
        "package": "tree-tools",
        "tag": "v1.0",
        "title": "First release",
        "notes": "Counts trees.",
        "is_draft": False,
        "is_prerelease": False,
        "created_at": MOMENT,
        "published_at": MOMENT,
        "assets": [ASSET_EXAMPLE],
        "url": "/tools/tree-tools/releases/v1.0",
    }
)
class ReleaseSerializer(ModelResource):
    """A set of files with notes."""

    id = serializers.CharField(source="public_id")
    package = serializers.CharField(source="project.key", help_text="Project that it belongs to.")
    title = OptionalTextField()
    is_draft = serializers.BooleanField(help_text="Whether only publishers of the project see it.")
    assets = ReleaseAsset(many=True, help_text="Its files, which never change once it is published.")
    url = PathField(source="get_absolute_url", help_text="Path of its page.")

    class Meta:
        model = Release
        fields = (
            "id",
            "package",
            "tag",
            "title",
            "notes",
            "is_draft",
            "is_prerelease",
            "created_at",
            "published_at",
            "assets",
            "url",
        )
        extra_kwargs = {
            "notes": {"help_text": "Markdown."},
            "is_prerelease": {"help_text": "Whether it is never the latest release."},
            "published_at": {"help_text": "null for a draft."},
        }


@with_example({"tag": "v1.0", "notes": "Counts trees."})
class ReleaseCreate(Body):
    """A new draft."""

    tag = StrictCharField(max_length=TAG_LIMIT_CHARACTERS)
    title = StrictCharField(max_length=200, required=False, help_text="Default: the tag.")
    notes = RawCharField(max_length=NOTES_LIMIT_CHARACTERS, required=False, help_text="Default: empty.")
    is_prerelease = StrictBooleanField(required=False, help_text="Default: false.")


@with_example({"notes": "Counts trees and bushes."})
class ReleaseUpdate(Body):
    """Changes to a release; what is absent stays."""

    title = StrictCharField(max_length=200, required=False, allow_blank=True, help_text="Default: unchanged.")
    notes = RawCharField(max_length=NOTES_LIMIT_CHARACTERS, required=False, help_text="Default: unchanged.")
    is_prerelease = StrictBooleanField(required=False, help_text="Default: unchanged.")


@with_example({"name": "tiny.gguf", "size_bytes": 1048576, "sha256": "0" * 64})
class AssetUploadCreate(Body):
    """A file that will arrive in pieces."""

    name = StrictCharField(max_length=200)
    size_bytes = StrictIntegerField(min_value=1, max_value=(1 << 50))
    sha256 = StrictCharField(min_length=64, max_length=64, help_text="Of the whole file, in lower-case hex.")


@with_example(
    {
        "id": "5b8f3d1e-2c47-4e0b-9f43-1d0c8a7e6b52",
        "name": "tiny.gguf",
        "size_bytes": 1048576,
        "received_bytes": 524288,
        "is_complete": False,
        "created_at": MOMENT,
    }
)
class AssetUploadSerializer(ModelResource):
    """A file of a draft that arrives in pieces."""

    id = serializers.CharField(source="public_id")
    size_bytes = serializers.IntegerField(source="size")
    received_bytes = serializers.IntegerField(source="received", help_text="Where the next piece begins.")
    is_complete = serializers.SerializerMethodField(help_text="Whether the file belongs to the draft now.")

    class Meta:
        model = AssetUpload
        fields = ("id", "name", "size_bytes", "received_bytes", "is_complete", "created_at")

    def get_is_complete(self, upload: AssetUpload) -> bool:
        return upload.received == upload.size


ReleasePage = page_of(ReleaseSerializer)


def release_path(release: Release) -> str:
    return f"/api/v1/packages/{release.project.key}/releases/{release.tag}"


def _place(release: Release) -> dict[str, Any]:
    return {"name": release.project.key, "tag": release.tag}


def _facts(data: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if value is not None}


@requires(PROJECT_READ, POST=PROJECT_WRITE)
class Releases(ApiView):
    volatile = frozenset({"assets"})

    @operation("list_releases", "releases", ReleasePage, 404, params=[PACKAGE, CURSOR, LIMIT])
    def get(self, request: Request, project: Project) -> Response:
        """List the releases of a project, newest first; publishers see drafts."""
        return list_response(request, releases_of(actor_of(request), project), ReleaseSerializer, order=ORDER)

    @operation(
        "create_release",
        "releases",
        ReleaseSerializer,
        404,
        409,
        status=201,
        body=ReleaseCreate,
        params=[PACKAGE],
    )
    def post(self, request: Request, project: Project) -> Response:
        """Create a draft. Add files to it, then publish it."""
        facts = _facts(validated(request, ReleaseCreate))
        release = create_release(actor=actor_of(request), name=project.key, **facts)
        return created(ReleaseSerializer(release).data, release_path(release))


@requires(PROJECT_READ)
class LatestRelease(ApiView):
    volatile = frozenset({"assets"})

    @operation("get_latest_release", "releases", ReleaseSerializer, 404, params=[PACKAGE])
    def get(self, request: Request, project: Project) -> Response:
        """Get the release that was published last, without pre-releases."""
        release = latest_release(project)
        if release is None:
            raise ReleaseNotFound
        return Response(ReleaseSerializer(release).data)


@requires(RELEASE_READ, PATCH=RELEASE_WRITE, DELETE=RELEASE_WRITE)
class OneRelease(ApiView):
    volatile = frozenset({"assets"})

    @operation("get_release", "releases", ReleaseSerializer, 404, params=[PACKAGE, TAG])
    def get(self, request: Request, release: Release) -> Response:
        """Get a release."""
        return Response(ReleaseSerializer(release).data)

    @operation(
        "update_release", "releases", ReleaseSerializer, 404, body=ReleaseUpdate, params=[PACKAGE, TAG]
    )
    def patch(self, request: Request, release: Release) -> Response:
        """Update the title and notes of a release, also of a published one."""
        facts = _facts(validated(request, ReleaseUpdate))
        return Response(
            ReleaseSerializer(update_release(actor=actor_of(request), **_place(release), **facts)).data
        )

    @operation("delete_release", "releases", None, 404, status=204, params=[PACKAGE, TAG])
    def delete(self, request: Request, release: Release) -> Response:
        """Delete a release. The tag of a published one is never used again."""
        delete_release(actor=actor_of(request), **_place(release))
        return no_content()


@requires(RELEASE_WRITE)
class Publication(ApiView):
    @operation("publish_release", "releases", ReleaseSerializer, 404, 409, params=[PACKAGE, TAG])
    def post(self, request: Request, release: Release) -> Response:
        """Publish a draft with all its files at once. Their bytes never change from then on."""
        return Response(ReleaseSerializer(publish_release(actor=actor_of(request), **_place(release))).data)


@takes_body(lambda: int(settings.PACKAGE_FILE_LIMIT_BYTES))
@requires(RELEASE_READ, PUT=RELEASE_WRITE, DELETE=RELEASE_WRITE)
class OneAsset(ApiView):
    volatile = frozenset({"download_count"})

    @operation("get_release_asset", "releases", ReleaseAsset, 404, params=[PACKAGE, TAG, FILENAME])
    def get(self, request: Request, release: Release, filename: str) -> Response:
        """Get what is known of a file. Download its content from `url`."""
        asset = release.assets.filter(name=filename).first()
        if asset is None:
            raise FileNotFound
        return Response(ReleaseAsset(asset).data)

    @operation(
        "put_release_asset",
        "releases",
        ReleaseAsset,
        *(404, 409, 413),
        status=201,
        body=BYTES,
        params=[PACKAGE, TAG, FILENAME, SHA256],
    )
    def put(self, request: Request, release: Release, filename: str) -> Response:
        """Add a file to a draft; the body is its content."""
        asset = put_asset(
            actor=actor_of(request),
            **_place(release),
            filename=filename,
            blocks=body_blocks(request._request, limit=settings.PACKAGE_FILE_LIMIT_BYTES),
            sha256=checksum_of(request),
        )
        return created(ReleaseAsset(asset).data, f"{release_path(release)}/assets/{asset.name}")

    @operation(
        "delete_release_asset", "releases", None, 404, 409, status=204, params=[PACKAGE, TAG, FILENAME]
    )
    def delete(self, request: Request, release: Release, filename: str) -> Response:
        """Remove a file from a draft."""
        delete_asset(actor=actor_of(request), **_place(release), filename=filename)
        return no_content()


@requires(RELEASE_WRITE)
class Uploads(ApiView):
    @operation(
        "create_asset_upload",
        "releases",
        AssetUploadSerializer,
        *(404, 409, 413),
        status=201,
        body=AssetUploadCreate,
        params=[PACKAGE, TAG],
    )
    def post(self, request: Request, release: Release) -> Response:
        """Begin to add a large file to a draft. Send its pieces to the upload, and go on after a break."""
        data = validated(request, AssetUploadCreate)
        upload = begin_upload(
            actor=actor_of(request),
            **_place(release),
            filename=data["name"],
            size=data["size_bytes"],
            sha256=data["sha256"],
        )
        return created(
            AssetUploadSerializer(upload).data, f"{release_path(release)}/uploads/{upload.public_id}"
        )


@takes_body(lambda: int(settings.PACKAGE_FILE_LIMIT_BYTES))
@requires(RELEASE_WRITE)
class OneUpload(ApiView):
    @operation("get_asset_upload", "releases", AssetUploadSerializer, 404, params=[PACKAGE, TAG, UPLOAD])
    def get(self, request: Request, release: Release, upload_id: UUID) -> Response:
        """Get how much of a file has arrived."""
        upload = upload_for(actor_of(request), release.project.key, release.tag, upload_id)
        return Response(AssetUploadSerializer(upload).data)

    @operation(
        "continue_asset_upload",
        "releases",
        AssetUploadSerializer,
        *(404, 409, 413),
        body=BYTES,
        params=[PACKAGE, TAG, UPLOAD, OFFSET],
    )
    def patch(self, request: Request, release: Release, upload_id: UUID) -> Response:
        """Send the next piece; the last one completes the file. What arrives of a cut piece is kept."""
        upload, _asset = receive_piece(
            actor=actor_of(request),
            **_place(release),
            upload_id=upload_id,
            offset=offset_of(request),
            blocks=body_blocks(request._request, limit=settings.PACKAGE_FILE_LIMIT_BYTES),
        )
        return Response(AssetUploadSerializer(upload).data)

    @operation("cancel_asset_upload", "releases", None, 404, status=204, params=[PACKAGE, TAG, UPLOAD])
    def delete(self, request: Request, release: Release, upload_id: UUID) -> Response:
        """Forget an upload and what has arrived of it."""
        cancel_upload(actor=actor_of(request), **_place(release), upload_id=upload_id)
        return no_content()


def checksum_of(request: Request) -> str:
    """Return the checksum that a client sent, empty without one (raises InvalidHeader)."""
    text = request.headers.get("X-Checksum-Sha256", "").lower()
    if text and (len(text) != 64 or not all(letter in "0123456789abcdef" for letter in text)):
        raise InvalidHeader(errors=[error_at("Send 64 hex digits.", header="X-Checksum-Sha256")])
    return text


def offset_of(request: Request) -> int:
    """Return where a piece begins (raises InvalidHeader)."""
    text = request.headers.get("Upload-Offset", "")
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise InvalidHeader(errors=[error_at("Send a number of bytes.", header="Upload-Offset")])
    return int(text)
