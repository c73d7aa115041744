"""What may be attached: told by its content, not by its name. Of a picture only the picture is kept: no place, no camera, nothing
behind its end. Nothing is decoded here."""

import io
import struct

from pypdf import PdfReader
from pypdf.errors import PyPdfError
from pypdf.generic import DictionaryObject

from lianfang.tickets.model import PDF_PAGES, FileType
from lianfang.tickets.problems import FILE_REFUSED

SIDE_MAX = 12_000
_JPEG, _PNG, _PDF = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"%PDF-"
_FRAMES = {0xC0, 0xC1, 0xC2}  # baseline, extended, progressive: what browsers show
_PNG_KEPT = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"sRGB"}
_ACTIVE = ("/JavaScript", "/JS", "/EmbeddedFiles", "/AA", "/AF", "/Collection")
_HARMLESS = ("/GoTo", "/URI", "/Named")
_NOTES_REFUSED = ("/FileAttachment", "/RichMedia", "/Screen", "/Movie", "/Sound", "/3D")


def checked(content: bytes) -> tuple[FileType, bytes]:
    """Its type, and what is kept of it; Problem `file_refused`."""
    try:
        if content.startswith(_JPEG):
            return "image/jpeg", _jpeg(content)
        if content.startswith(_PNG):
            return "image/png", _png(content)
        if content.startswith(_PDF):
            return "application/pdf", _pdf(content)
    except (ValueError, IndexError, struct.error, PyPdfError, RecursionError, KeyError, TypeError, AttributeError):
        pass
    raise FILE_REFUSED(pages=PDF_PAGES)


def _jpeg(content: bytes) -> bytes:
    """Segment by segment (ITU-T T.81), without those of applications and comments."""
    kept = bytearray(content[:2])
    at, framed = 2, False
    while True:
        if content[at] != 0xFF:
            raise ValueError("no marker")
        marker = content[at + 1]
        length = int.from_bytes(content[at + 2 : at + 4])
        segment = content[at : at + 2 + length]
        if length < 2 or len(segment) < 2 + length:
            raise ValueError("cut short")
        if marker in _FRAMES:
            height, width = struct.unpack(">HH", segment[5:9])
            _side(width, height)
            framed = True
        # APP0 says how to read the colours, APP14 too (Adobe)
        if not (0xE1 <= marker <= 0xEF and marker != 0xEE) and marker != 0xFE:
            kept += segment
        at += 2 + length
        if marker == 0xDA:
            break
    end = content.rfind(b"\xff\xd9")
    if not framed or end <= at:
        raise ValueError("no picture")
    return bytes(kept + content[at : end + 2])


def _png(content: bytes) -> bytes:
    """Chunk by chunk (ISO/IEC 15948), only those that make the picture, to the first end."""
    kept, at, first = bytearray(_PNG), len(_PNG), True
    while True:
        length, name = struct.unpack(">I4s", content[at : at + 8])
        chunk = content[at : at + 12 + length]
        if len(chunk) < 12 + length or (first and name != b"IHDR"):
            raise ValueError("cut short")
        if first:
            _side(*struct.unpack(">II", chunk[8:16]))
            first = False
        if name in _PNG_KEPT:
            kept += chunk
        elif name[:1].isupper():
            raise ValueError("an unknown critical chunk")
        at += 12 + length
        if name == b"IEND":
            return bytes(kept)


def _side(width: int, height: int) -> None:
    if not (0 < width <= SIDE_MAX and 0 < height <= SIDE_MAX):
        raise ValueError("size")


def _pdf(content: bytes) -> bytes:
    """Whole, where it opens without a password and does nothing by itself."""
    reader = PdfReader(io.BytesIO(content), strict=False)
    if reader.is_encrypted or not 0 < len(reader.pages) <= PDF_PAGES:
        raise ValueError("encrypted or too long")
    catalog = _inside(reader.trailer, "/Root")
    if any(name in part for part in (catalog, _inside(catalog, "/Names"), *reader.pages) for name in _ACTIVE):
        raise ValueError("it does something")
    actions = [catalog.get("/OpenAction")]
    for page in reader.pages:
        for note in (one.get_object() for one in page.get("/Annots", ())):
            if note.get("/Subtype") in _NOTES_REFUSED:
                raise ValueError("something is inside")
            actions.append(note.get("/A"))
    for action in (one.get_object() for one in actions if one is not None):
        # a bare destination is an array
        if isinstance(action, DictionaryObject) and action.get("/S") not in _HARMLESS:
            raise ValueError("it does something")
    return content


def _inside(part: DictionaryObject, name: str) -> DictionaryObject:
    found = part.get(name, DictionaryObject()).get_object()
    if not isinstance(found, DictionaryObject):
        raise ValueError("malformed")
    return found
