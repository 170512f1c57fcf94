"""What may be attached to a post: the content decides what a file is, not its name."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

from apps.core.objects.images import bounded_decoding, check_size

from .errors import BadAttachment

IMAGE_LIMIT_BYTES, FILE_LIMIT_BYTES = 10 << 20, 25 << 20
PIXEL_LIMIT, FRAMES_LIMIT = 40_000_000, 500
NAME_LIMIT_CHARACTERS = 120
IMAGES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp", "GIF": "image/gif"}
SIGNATURES = {
    b"%PDF-": "application/pdf",
    b"PK\x03\x04": "application/zip",
    b"\x1f\x8b": "application/gzip",
    b"\x28\xb5\x2f\xfd": "application/zstd",
}
TEXT = "text/plain"
_NOT_IN_NAME = re.compile(r"[^\w.]+", re.UNICODE)
_IMAGE_START = re.compile(rb"\x89PNG|\xff\xd8\xff|GIF8|RIFF....WEBP", re.DOTALL)


@dataclass(frozen=True, slots=True)
class AcceptedFile:
    """A file as it is stored; width and height of a picture, in pixels."""

    data: bytes
    media_type: str
    width: int | None = None
    height: int | None = None

    @property
    def is_image(self) -> bool:
        return self.width is not None


def accept_file(data: bytes) -> AcceptedFile:
    """Return what is stored of an uploaded file: pictures without metadata, other known types as they are.

    raises  BadAttachment
    """
    if _IMAGE_START.match(data):
        return _accept_image(data)
    if len(data) > FILE_LIMIT_BYTES:
        raise BadAttachment(_("A file can be at most %(limit)s MiB.") % {"limit": FILE_LIMIT_BYTES >> 20})
    for start, media_type in SIGNATURES.items():
        if data.startswith(start):
            return AcceptedFile(data, media_type)
    if b"\0" in data:
        raise BadAttachment
    try:
        data.decode()
    except UnicodeDecodeError:
        raise BadAttachment from None
    return AcceptedFile(data, TEXT)


def safe_name(name: str) -> str:
    """Return the last part of a file's name without characters that mean something in a path or a link."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return _NOT_IN_NAME.sub("-", last).strip("-.")[-NAME_LIMIT_CHARACTERS:] or "file"


def _accept_image(data: bytes) -> AcceptedFile:
    if len(data) > IMAGE_LIMIT_BYTES:
        raise BadAttachment(_("A picture can be at most %(limit)s MiB.") % {"limit": IMAGE_LIMIT_BYTES >> 20})
    with bounded_decoding(BadAttachment):
        return _reencode(data)


def _reencode(data: bytes) -> AcceptedFile:
    """Decode a picture fully, and write it again without metadata; animations stay as they are."""
    from PIL import Image, ImageOps

    with Image.open(io.BytesIO(data), formats=tuple(IMAGES)) as image:
        # phones add previews to a JPEG, which the library then calls MPO: only the picture itself is kept
        form = "JPEG" if image.format == "MPO" else image.format or ""
        frames = 1 if form == "JPEG" else getattr(image, "n_frames", 1)
        check_size(image, pixel_limit=PIXEL_LIMIT, frames=frames)
        if frames > FRAMES_LIMIT:
            raise Image.DecompressionBombError
        if frames > 1:
            for frame in range(frames):
                image.seek(frame)
                image.load()
            return AcceptedFile(data, IMAGES[form], *image.size)
        upright = ImageOps.exif_transpose(image)
        output = io.BytesIO()
        plain = upright.convert("RGB") if form == "JPEG" else upright
        plain.info = {key: plain.info[key] for key in ("transparency",) if key in plain.info}
        plain.save(output, form, **({"quality": 90} if form in ("JPEG", "WEBP") else {}))
    return AcceptedFile(output.getvalue(), IMAGES[form], *upright.size)
