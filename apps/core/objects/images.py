"""Decodes people's images within limits and encodes them anew, so that uploaded bytes are never served."""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from apps.core.errors import ValidationFailed

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

PIXEL_LIMIT = 24_000_000
SIDE_LIMIT_PIXELS = 12_000
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


class BadImage(ValidationFailed):
    code = "BadImage"
    default = gettext_noop("The image cannot be used.")


@contextmanager
def bounded_decoding(refusal: type[ValidationFailed] = BadImage) -> Iterator[None]:
    """Refuse images that a decoder finds too large or corrupt."""
    # imported late: most processes never decode an image
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            yield
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise refusal(_("This image has too many pixels.")) from None
    except UnidentifiedImageError:
        raise refusal(_("Choose a PNG, JPEG, WebP or GIF image.")) from None
    except DECODER_ERRORS:
        raise refusal(_("This image can't be read.")) from None


def check_size(image: Picture, *, pixel_limit: int = PIXEL_LIMIT, frames: int = 1) -> None:
    """Refuse an image that was opened and not decoded yet, within `bounded_decoding`.

    pixel_limit  of all frames together
    """
    from PIL import Image

    if image.width * image.height * frames > pixel_limit or max(image.size) > SIDE_LIMIT_PIXELS:
        raise Image.DecompressionBombError


def square_webp(data: bytes, side: int) -> bytes:
    """Return the first frame of an image as a square WebP without metadata.

    data    PNG, JPEG, WebP or GIF
    side    in pixels
    raises  BadImage
    """
    from PIL import Image, ImageOps

    with bounded_decoding(), Image.open(io.BytesIO(data), formats=FORMATS) as source:
        check_size(source)
        source.draft("RGB", (side * 2, side * 2))
        upright = ImageOps.exif_transpose(source)
        square = ImageOps.fit(upright.convert("RGBA"), (side, side), Image.Resampling.LANCZOS)
        image = Image.new("RGBA", square.size)
        image.paste(square)
        output = io.BytesIO()
        image.save(output, "WEBP", quality=88, method=4)
    return output.getvalue()
