"""Validates and re-encodes avatars, so that uploaded bytes are never served; draws those of initials."""

from __future__ import annotations

import io
import struct
import warnings

from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from apps.core.errors import ValidationFailed
from apps.core.templatetags.banyan import hue, initials

SIDE_PIXELS = 256
FILE_LIMIT_BYTES = 4 << 20
PIXEL_LIMIT = 24_000_000
SIDE_LIMIT_PIXELS = 12_000
CONTENT_TYPE = "image/webp"
# those of components.css, in the notation that every program knows
COLORS = ("#267147", "#1e63a1", "#935415", "#983c75", "#006e7c", "#ab3b2d", "#674ea1", "#646520")
FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
# errors that decoders raise on corrupt files
DECODER_ERRORS = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    OverflowError,
    MemoryError,
    struct.error,
)


class BadAvatar(ValidationFailed):
    code = "BadAvatar"
    default = gettext_noop("The image cannot be used as an avatar.")


def draw_avatar(name: str) -> str:
    """Return an SVG image of a name's initials, for programs that need an image of everybody."""
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96" width="96" height="96">'
        '<rect width="96" height="96" fill="{}"/><text x="48" y="60" text-anchor="middle" fill="#fff" '
        'font-family="sans-serif" font-size="34" font-weight="650">{}</text></svg>',
        COLORS[hue(name) - 1],
        initials(name).upper(),
    )


def normalize_avatar(data: bytes) -> bytes:
    """Return the first frame of an image as a square WebP without metadata.

    data    PNG, JPEG, WebP or GIF
    raises  BadAvatar
    """
    if len(data) > FILE_LIMIT_BYTES:
        raise BadAvatar(_("The image can be at most %(limit)s MiB.") % {"limit": FILE_LIMIT_BYTES >> 20})
    # imported late: most processes never decode an image
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _normalize(data)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise BadAvatar(_("This image has too many pixels.")) from None
    except UnidentifiedImageError:
        raise BadAvatar(_("Choose a PNG, JPEG, WebP or GIF image.")) from None
    except DECODER_ERRORS:
        raise BadAvatar(_("This image can't be read.")) from None


def _normalize(data: bytes) -> bytes:
    from PIL import Image, ImageOps

    with Image.open(io.BytesIO(data), formats=FORMATS) as source:
        if source.width * source.height > PIXEL_LIMIT or max(source.size) > SIDE_LIMIT_PIXELS:
            raise Image.DecompressionBombError
        source.draft("RGB", (SIDE_PIXELS * 2, SIDE_PIXELS * 2))
        upright = ImageOps.exif_transpose(source)
        square = ImageOps.fit(upright.convert("RGBA"), (SIDE_PIXELS, SIDE_PIXELS), Image.Resampling.LANCZOS)
    image = Image.new("RGBA", square.size)
    image.paste(square)
    output = io.BytesIO()
    image.save(output, "WEBP", quality=88, method=4)
    return output.getvalue()
