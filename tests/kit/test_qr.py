"""Every QR we draw is read again by a decoder."""

import io
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from lianfang.kit.qr import qr_png, qr_svg

LINK = "https://lianfang.example.org/v/7K2M9QXRT4WB6ZPD"
SVG = "{http://www.w3.org/2000/svg}"


def read(image: Image.Image) -> zxingcpp.Barcode:
    found = zxingcpp.read_barcodes(image)
    assert len(found) == 1
    return found[0]


def drawn(svg: str, scale: int = 6) -> Image.Image:
    """The SVG's dark runs as pixels."""
    root = ET.fromstring(svg)
    size = int(root.attrib["viewBox"].split()[2])
    image = Image.new("L", (size, size), 255)
    light, dark = root.findall(f"{SVG}path")
    assert light.attrib["d"] == f"M0 0h{size}v{size}h-{size}z"
    for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", dark.attrib["d"]):
        for step in range(int(width)):
            image.putpixel((int(x) + step, int(y)), 0)
    return image.resize((size * scale, size * scale), Image.Resampling.NEAREST)


def test_a_png_is_read_again_at_level_m() -> None:
    image = Image.open(io.BytesIO(qr_png(LINK)))
    code = read(image)
    assert code.text == LINK
    assert code.format == zxingcpp.BarcodeFormat.QRCode
    assert code.ec_level == "M"
    assert image.size == (410, 410)


def test_the_quiet_zone_is_four_modules_wide() -> None:
    image = Image.open(io.BytesIO(qr_png(LINK, module=3)))
    box = image.point(lambda value: 255 - value).getbbox()
    assert box == (12, 12, image.width - 12, image.height - 12)


def test_an_svg_is_read_again() -> None:
    code = read(drawn(qr_svg(LINK)))
    assert (code.text, code.ec_level) == (LINK, "M")


def test_a_creased_print_is_still_read() -> None:
    image = Image.open(io.BytesIO(qr_png(LINK))).convert("L")
    image.paste(255, (200, 60, 215, 350))  # a white fold across the symbol
    assert read(image.rotate(7, expand=True, fillcolor=255)).text == LINK


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=60))
def test_svg_and_png_hold_the_same_text(text: str) -> None:
    assert read(Image.open(io.BytesIO(qr_png(text, module=4)))).bytes == read(drawn(qr_svg(text))).bytes


def test_chinese_text_is_kept() -> None:
    assert read(Image.open(io.BytesIO(qr_png("赤城县鼓楼小区南门")))).text == "赤城县鼓楼小区南门"


@pytest.mark.parametrize(("text", "why"), [("", "empty"), ("x" * 2_332, "too long")])
@pytest.mark.parametrize("draw", [qr_svg, qr_png])
def test_what_no_qr_holds_is_refused(draw: Callable[[str], object], text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        draw(text)
