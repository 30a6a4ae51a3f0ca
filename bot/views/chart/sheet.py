"""Pictures on one sheet: a PNG for Slack, a PDF to be passed on, without a word about who made it, when and where."""

import io
from collections.abc import Sequence

from PIL import Image

GAP = 24
DOTS_PER_INCH = 144
COLOURS = 256


def stacked(pictures: Sequence[bytes]) -> bytes:
    """One PNG of several, one under the other, on the ground of the first."""
    opened = [Image.open(io.BytesIO(picture)).convert("RGB") for picture in pictures]
    size = max(one.width for one in opened), sum(one.height + GAP for one in opened) - GAP
    ground = opened[0].crop((0, 0, 1, 1)).resize(size)
    top = 0
    for one in opened:
        ground.paste(one, (0, top))
        top += one.height + GAP
    out = io.BytesIO()
    ground.quantize(COLOURS, dither=Image.Dither.NONE).save(out, "PNG", compress_level=6)
    return out.getvalue()


def as_pdf(picture: bytes) -> bytes:
    """A PNG as a PDF of one page of its size."""
    out = io.BytesIO()
    Image.open(io.BytesIO(picture)).convert("RGB").save(out, "PDF", resolution=DOTS_PER_INCH)
    return out.getvalue()
