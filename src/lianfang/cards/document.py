"""The paper of a printed code, set by typst: an A4 page that hangs at the door at home, or a card for the purse."""

from importlib.resources import files
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from lianfang.cards.model import Layout, PrintedCode
from lianfang.kit.qr import qr_svg
from lianfang.posters.document import compile_pdf

WORDS: Final = {
    "title": "健康码（打印）",
    "title_en": "Printed health code",
    "name": "姓名 Name",
    "document": "证件 Document",
    "until": "有效期至 Valid until",
    "number": "编号 Number",
    "steps": [
        "出门时请带上这张码和本人证件。",
        "到场所请值守人员扫码，并出示证件核对。",
        "遗失请到社区或原单位作废、重打；作废后旧码立即失效。",
    ],
    "steps_en": [
        "Carry this code together with your own document.",
        "Let the attendant scan it, and show the document.",
        "Lost? Have it made void and printed anew where you got it.",
    ],
    "note": "颜色不印在纸上，以扫码时为准。The colour is not printed: it is that of the moment of the scan.",
}


def typeset(code: PrintedCode, text: str, layout: Layout, zone: ZoneInfo) -> bytes:
    """A PDF; what it shows reaches the document as JSON and is never read as markup."""
    given = {
        "words": WORDS,
        "layout": layout,
        "name": code.name,
        "document": code.document,
        "until": f"{code.expires_at.astimezone(zone):%Y-%m-%d}",
        "number": f"{code.number:08d}",
        "qr": qr_svg(text),
    }
    source = files(__package__).joinpath("card.typ").read_bytes()
    return compile_pdf(source, {"card": msgspec.json.encode(given).decode()})
