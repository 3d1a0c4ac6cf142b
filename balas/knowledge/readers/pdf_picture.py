"""Pages and photos as pictures for text recognition, by PDFium: grey, upright, of a size that letters need."""

from __future__ import annotations

import io
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from balas.knowledge.readers import picture_size

POINTS_AN_INCH = 72
DOTS_AN_INCH = 300
MOST_PIXELS = 12_000_000  # of a page as it is painted for recognition
FEW_LETTERS = 60  # a page of one picture with no more text than this is a scan with a stamp, a number or an advert
MOST_COVERED = 0.6  # of the page

# What the camera's eight orientations ask for, as matrices of the unit square.
_MATRICES = {
    1: (1, 0, 0, 1, 0, 0), 2: (-1, 0, 0, 1, 1, 0), 3: (-1, 0, 0, -1, 1, 1), 4: (1, 0, 0, -1, 0, 1),
    5: (0, -1, -1, 0, 1, 1), 6: (0, -1, 1, 0, 0, 1), 7: (0, 1, 1, 0, 0, 0), 8: (0, 1, -1, 0, 1, 0),
}  # fmt: skip


def painted(page: Any) -> tuple[bytes, float]:
    """A page as a PGM picture, and how many points one of its pixels stands for."""
    width, height = page.get_size()
    scale = min(DOTS_AN_INCH / POINTS_AN_INCH, (MOST_PIXELS / max(1.0, width * height)) ** 0.5)
    bitmap = page.render(scale=scale, grayscale=True, may_draw_forms=False)
    try:
        return _pgm(bitmap), 1 / scale
    finally:
        bitmap.close()


def is_scan(page: Any, letters: int) -> bool:
    """Whether one picture fills most of the page and there is next to no text beside it."""
    if letters > FEW_LETTERS:
        return False
    width, height = page.get_size()
    for one in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=2):
        left, bottom, right, top = one.get_bounds()
        if (right - left) * (top - bottom) > MOST_COVERED * width * height:
            return True
    return False


def upright(content: bytes, size: tuple[int, int]) -> bytes:
    """A photo as it was held, and no larger than letters need; other formats as they are: Tesseract reads them."""
    if not content.startswith(b"\xff\xd8"):
        return content
    turn = picture_size.turn(content)
    across, up = size if turn < 5 else (size[1], size[0])
    document = pypdfium2.PdfDocument.new()
    try:
        page = document.new_page(across, up)
        image = pypdfium2.PdfImage.new(document)
        image.load_jpeg(io.BytesIO(content), inline=True)
        a, b, c, d, e, f = _MATRICES[turn]
        image.set_matrix(pypdfium2.PdfMatrix(a * across, b * up, c * across, d * up, e * across, f * up))
        page.insert_obj(image)
        page.gen_content()
        bitmap = page.render(scale=min(1.0, (MOST_PIXELS / (across * up)) ** 0.5), grayscale=True)
        return _pgm(bitmap)
    except pypdfium2.PdfiumError:
        return content
    finally:
        document.close()


def _pgm(bitmap: Any) -> bytes:
    rows = memoryview(bitmap.buffer).cast("B")
    header = f"P5 {bitmap.width} {bitmap.height} 255\n".encode("ascii")
    stride = bitmap.stride
    return header + b"".join(rows[at * stride : at * stride + bitmap.width] for at in range(bitmap.height))
