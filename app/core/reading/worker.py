"""The helper that reads pictures. A job is a file; the answer is JSON, a list of pages as `app.core.reading` has them.

Text is found and read by PP-OCR's models (Chinese and Latin), which the wheel of `rapidocr` carries: they are named by
their files, so that nothing is ever fetched. Codes are read by zxing, pages of PDF files are drawn by pdfium.
"""

import io
import json
import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pypdfium2 as pdfium
import rapidocr
import zxingcpp
from PIL import Image, ImageOps
from rapidocr.utils.output import RapidOCROutput

from app.core.images import DAMAGE, PICTURE_PIXELS
from app.core.workbench import Complaint, serve

EDGE = 1600
"""Longest edge, in pixels, at which is read: letters of 10 px are then 6 thousandths tall."""
LEAST = 960
"""Smaller pictures are enlarged to this edge, up to three times: the models know letters of some 15 px and more."""
SOUGHT = 1280
"""Longest edge at which lines are looked for; they are read at full size."""
PAGES = 5
BEHIND = (128, 128, 128)
"""What a transparent picture lies on: black and white letters both show on it."""
MOST = 200
"""So many lines, and so many codes of a page."""
LONGEST = 500
NICE = 10
_MODELS = Path(rapidocr.__file__).parent / "models"


@lru_cache(maxsize=1)
def _engine() -> rapidocr.RapidOCR:
    cv2.setNumThreads(1)
    return rapidocr.RapidOCR(
        params={
            "Global.log_level": "error",
            "Global.max_side_len": EDGE,
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            "Det.model_path": str(_MODELS / "PP-OCRv6_det_small.onnx"),
            "Det.limit_type": "max",
            "Det.limit_side_len": SOUGHT,
            "Cls.model_path": str(_MODELS / "ch_ppocr_mobile_v2.0_cls_mobile.onnx"),
            "Cls.cls_batch_num": 1,
            "Rec.model_path": str(_MODELS / "PP-OCRv6_rec_small.onnx"),
            "Rec.rec_batch_num": 1,  # one line after another: half the memory, and no slower on one thread
        }
    )


def read(data: bytes) -> bytes:
    """Raises Complaint for what cannot be opened."""
    return json.dumps([_page(image) for image in _images(data)], ensure_ascii=False).encode()


def _images(data: bytes) -> Iterator[Image.Image]:
    try:
        yield from _drawn(data) if data.startswith(b"%PDF-") else [_opened(data)]
    except (*DAMAGE, pdfium.PdfiumError) as problem:
        raise Complaint(f"cannot be opened: {problem!r}") from problem


def _drawn(data: bytes) -> Iterator[Image.Image]:
    document = pdfium.PdfDocument(data)
    for number in range(min(PAGES, len(document))):
        page = document[number]
        longer = max(page.get_size())  # points
        if longer > 0:
            yield page.render(scale=EDGE / longer).to_pil().convert("RGB")


def _opened(data: bytes) -> Image.Image:
    with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP")) as source:
        if source.width * source.height > PICTURE_PIXELS:
            raise Complaint("too many pixels")
        source.draft("RGB", (EDGE, EDGE))
        image = ImageOps.exif_transpose(source).convert("RGBA")
    image = Image.alpha_composite(Image.new("RGBA", image.size, BEHIND), image).convert("RGB")
    longer = max(image.size)
    factor = min(EDGE / longer, max(1.0, min(3.0, LEAST / longer)))
    size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
    return image if size == image.size else image.resize(size, Image.Resampling.LANCZOS)


def _page(image: Image.Image) -> dict[str, Any]:
    pixels = np.asarray(image)
    return {"lines": _lines(pixels), "codes": _codes(pixels)}


def _lines(pixels: np.ndarray) -> list[list[Any]]:
    found = _engine()(np.ascontiguousarray(pixels[:, :, ::-1]))
    if not isinstance(found, RapidOCROutput) or found.boxes is None or found.txts is None or found.scores is None:
        return []
    lines = zip(found.boxes, found.txts, found.scores, strict=True)
    return [[text[:LONGEST], int(score * 100), *_where(box, pixels.shape)] for box, text, score in lines][:MOST]


def _codes(pixels: np.ndarray) -> list[list[Any]]:
    found = []
    for code in zxingcpp.read_barcodes(pixels)[:MOST]:
        at = code.position
        corners = [(one.x, one.y) for one in (at.top_left, at.top_right, at.bottom_right, at.bottom_left)]
        found.append([code.text[:LONGEST], str(code.format).split(".")[-1], *_where(np.array(corners), pixels.shape)])
    return found


def _where(corners: np.ndarray, shape: tuple[int, ...]) -> tuple[int, list[int]]:
    """How tall, and the upright rectangle around four corners in their order, as `app.core.reading` measures."""
    height, width = shape[:2]
    sides = np.linalg.norm(corners - np.roll(corners, -1, axis=0), axis=1)
    tall = 1000 * float(min(sides[0] + sides[2], sides[1] + sides[3])) / 2 / max(width, height)
    scaled = np.clip(corners / (width, height) * 1000, 0, 1000)
    (left, top), (right, bottom) = np.floor(scaled.min(axis=0)), np.ceil(scaled.max(axis=0))
    return round(tall), [int(left), int(top), int(right - left), int(bottom - top)]


if __name__ == "__main__":
    os.nice(NICE)
    serve(read)
