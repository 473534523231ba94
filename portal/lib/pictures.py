"""Pictures from outside, drawn anew from their pixels: no hidden place or date, no second file behind the first.

Photographs of iPhones (HEIC) become JPEG on the way in, where pillow-heif is installed; nothing else ever reads them.
"""

import io
import zlib

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps, UnidentifiedImageError

try:
    import pillow_heif
except ImportError:  # an optional extra, and not built for every machine
    pillow_heif = None
else:
    pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False, decode_threads=1)

READS_HEIC = pillow_heif is not None
MAX_PIXELS = 50_000_000
MAX_SIDE = 4000
THUMBNAIL_SIDE = 240
# What stands behind "ftyp" in a picture compressed with HEVC, or in the frame that may hold one.
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_BROKEN = (
    UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError, RuntimeError, EOFError,
    zlib.error,
)  # fmt: skip


def is_heic(head: bytes) -> bool:
    return head[4:8] == b"ftyp" and head[8:12] in _HEIC_BRANDS


def redraw(upload):
    """A JPEG or a PNG, the right way up and no larger than a page needs."""
    return _redrawn(upload, ["JPEG", "PNG"])


def redraw_heic(upload):
    """The main picture of the file as a JPEG."""
    if not READS_HEIC:
        raise ValidationError(_("这里读不了 iPhone 的 HEIC 照片，请在手机上导出为 JPEG 后再上传。"), code="heic")
    return _redrawn(upload, ["HEIF"])


def thumbnail(content):
    """A small JPEG of a picture that was drawn anew."""
    content.seek(0)
    with Image.open(content, formats=["JPEG", "PNG"]) as image:
        image.draft("RGB", (THUMBNAIL_SIDE, THUMBNAIL_SIDE))
        image.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
        small = _draw(_on_white(image), "JPEG")
    content.seek(0)
    return small


def _redrawn(upload, formats):
    """The size is read from the head of the file: a bomb is refused before anything of it is unpacked."""
    try:
        with Image.open(upload, formats=formats) as image:
            if image.width * image.height > MAX_PIXELS:
                raise ValidationError(_("图片尺寸过大，请缩小后再上传。"), code="pixels")
            written_as = "PNG" if image.format == "PNG" else "JPEG"
            drawn = ImageOps.exif_transpose(image)
            drawn.thumbnail((MAX_SIDE, MAX_SIDE))
            return _draw(drawn, written_as)
    except _BROKEN:
        raise ValidationError(_("图片无法打开，可能已损坏。"), code="picture") from None


def _draw(image, picture_format):
    """Onto an empty sheet: the writer would copy comments and texts that hang on the image it is given."""
    mode = "RGB" if picture_format == "JPEG" else image.mode if image.mode in {"1", "L", "LA", "RGB"} else "RGBA"
    clean = Image.new(mode, image.size)
    clean.paste(image.convert(mode))
    target = io.BytesIO()
    clean.save(target, picture_format, optimize=True, **({"quality": 88} if picture_format == "JPEG" else {}))
    target.seek(0)
    return target


def _on_white(image):
    """What is see-through in a PNG would turn black in a JPEG."""
    if image.mode not in {"LA", "RGBA", "PA", "P"}:
        return image
    layer = image.convert("RGBA")
    sheet = Image.new("RGBA", layer.size, "white")
    return Image.alpha_composite(sheet, layer)
