"""QR pictures of a text (ISO/IEC 18004, level M, quiet zone of 4 modules), as SVG and as PNG."""

import struct
import zlib
from itertools import groupby
from math import isqrt
from typing import Any, Final

import zxingcpp

_DARK: Final = 0


def _modules(text: str) -> list[bytes]:
    """The rows of the symbol with its quiet zone, one byte a module: 0 dark, 255 light."""
    symbol = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    image: Any = symbol.to_image(scale=1, add_quiet_zones=True)  # a buffer, which the library's stubs don't say
    raw = bytes(memoryview(image))
    size = isqrt(len(raw))
    return [raw[start : start + size] for start in range(0, len(raw), size)]


def qr_svg(text: str) -> str:
    """An SVG element that scales to any size, ready to stand in a page or a file.

    ValueError when the text is empty or longer than a QR of level M holds (2,331 bytes).
    """
    rows = _modules(text)
    path = []
    for y, row in enumerate(rows):
        x = 0
        for value, run in groupby(row):
            width = len(list(run))
            if value == _DARK:
                path.append(f"M{x} {y}h{width}v1h-{width}z")
            x += width
    size = len(rows)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{size}v{size}h-{size}z"/><path d="{"".join(path)}"/></svg>'
    )


def qr_png(text: str, *, module: int = 10) -> bytes:
    """A greyscale PNG whose modules are squares of `module` pixels; ValueError as in `qr_svg`."""
    rows = _modules(text)
    size = len(rows) * module
    lines = b"".join((b"\0" + b"".join(row[x : x + 1] * module for x in range(len(row)))) * module for row in rows)
    header = struct.pack(">IIBBBBB", size, size, 8, 0, 0, 0, 0)  # 8 bits, greyscale, not interlaced
    return (
        b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(lines, 6)) + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
