"""Which characters the posters' font can print. A missing one is a box on paper, which somebody must hear of first."""

import struct
from functools import cache
from pathlib import Path


@cache
def printable(font: Path) -> frozenset[int]:
    """The code points that a TrueType font has a glyph for: its `cmap` table in format 12, which reaches all of Unicode."""
    data = font.read_bytes()
    tables = {
        data[at : at + 4]: struct.unpack(">I", data[at + 8 : at + 12])[0]
        for at in range(12, 12 + 16 * struct.unpack(">H", data[4:6])[0], 16)
    }
    cmap = tables[b"cmap"]
    for nth in range(struct.unpack(">H", data[cmap + 2 : cmap + 4])[0]):
        start = cmap + struct.unpack(">I", data[cmap + 8 + 8 * nth : cmap + 12 + 8 * nth])[0]
        if struct.unpack(">H", data[start : start + 2])[0] == 12:
            groups = struct.unpack(">I", data[start + 12 : start + 16])[0]
            return frozenset(
                point
                for first, last, _ in struct.iter_unpack(">III", data[start + 16 : start + 16 + 12 * groups])
                for point in range(first, last + 1)
            )
    raise ValueError(f"{font.name} has no character map of format 12")


def lacking(font: Path, text: str) -> str:
    """The characters of a text that the font cannot print, each once."""
    known = printable(font)
    return "".join(dict.fromkeys(c for c in text if ord(c) not in known and c.isprintable()))
