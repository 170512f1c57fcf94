"""Avatars: what people upload, encoded anew, and those drawn of initials."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.translation import gettext as _

from apps.core.objects.images import BadImage, square_webp
from apps.core.templatetags.banyan import hue, initials

SIDE_PIXELS = 256
FILE_LIMIT_BYTES = 4 << 20
CONTENT_TYPE = "image/webp"
# those of components.css, in the notation that every program knows
COLORS = ("#267147", "#1e63a1", "#935415", "#983c75", "#006e7c", "#ab3b2d", "#674ea1", "#646520")


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
    raises  BadImage
    """
    if len(data) > FILE_LIMIT_BYTES:
        raise BadImage(_("The image can be at most %(limit)s MiB.") % {"limit": FILE_LIMIT_BYTES >> 20})
    return square_webp(data, SIDE_PIXELS)
