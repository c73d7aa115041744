"""Posters as PDF: typst sets a few hundred at a time, pypdf joins them, so that memory stays flat however many there are."""

import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path

import msgspec
import typst

from lianfang.config import PAGES_DIR
from lianfang.kit.qr import qr_svg
from lianfang.posters.model import PER_PAGE, Layout, Poster
from lianfang.posters.problems import FONT_MISSING
from lianfang.posters.words import WORDS

FONTS = ("NotoSansSC_400Regular.ttf", "NotoSansSC_700Bold.ttf")
SET_AT_ONCE = 200
"""Posters that typst sets together: 500 take twice the memory and no less time each."""

# typst breaks a line between any two Chinese characters, but in no Latin word: one that is no word gets places to break
_ENDLESS = re.compile(r"[!-~]{20,}")
_WORD = re.compile(r"[!-~]{6,}")


def at_once(layout: Layout) -> int:
    """How many posters to set together: full pages of them."""
    return SET_AT_ONCE // PER_PAGE[layout] * PER_PAGE[layout]


def require_fonts(directory: Path | None = None) -> Path:
    """Where the fonts are; Problem `poster_font_missing`."""
    directory = directory or PAGES_DIR / "fonts"
    for name in FONTS:
        if not (directory / name).is_file():
            raise FONT_MISSING(name=name)
    return directory


@cache
def _fonts(directory: Path) -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(directory)])


def typeset(posters: Sequence[Poster], layout: Layout, *, title: str, fonts: Path | None = None) -> bytes:
    """A PDF of some posters. What people typed reaches the document as JSON and is never read as markup."""
    given = {
        "title": title,
        "layout": layout,
        "words": WORDS,
        "posters": [
            {
                "name": _name(poster.name),
                "unit": _name(poster.unit),
                "code": poster.code,
                "link": poster.link,
                "qr": qr_svg(poster.link),
            }
            for poster in posters
        ],
    }
    source = files(__package__).joinpath("poster.typ").read_bytes()
    return compile_pdf(source, {"posters": msgspec.json.encode(given).decode()}, fonts=fonts)


def compile_pdf(source: bytes, inputs: dict[str, str], *, fonts: Path | None = None) -> bytes:
    """What typst makes of a document, with our fonts alone; Problem `poster_font_missing`."""
    compiler = typst.Compiler(
        source, font_paths=_fonts(require_fonts(fonts)), ignore_system_fonts=True, sys_inputs=inputs
    )
    made = compiler.compile(format="pdf", pdf_tags=False)
    assert isinstance(made, bytes)
    return made


def _name(name: str) -> dict[str, str]:
    """A name as the document takes it: with its longest word, which must fit the line."""
    breakable = _ENDLESS.sub(lambda run: "\u200b".join(run[0]), name)
    return {"text": breakable, "word": max(_WORD.findall(breakable), key=len, default="")}


def join(parts: Sequence[Path], target: Path, *, title: str) -> None:
    """One PDF of several."""
    from pypdf import PdfWriter  # takes as long to load as the rest of a process; most never print

    with PdfWriter() as writer:
        for part in parts:
            writer.append(part, import_outline=False)
        writer.add_metadata({"/Title": title})
        writer.write(target)
