"""Reading posters as a printer and a phone do: PDF → pixels → QR codes."""

from collections.abc import Iterator

import pypdfium2 as pdfium
import zxingcpp


def scanned(pdf: bytes, dpi: int) -> list[str]:
    """What the QR codes of all pages say: page by page, on each from top to bottom and from left to right."""
    return [text for page in _pages(pdf, dpi) for text in page]


def _pages(pdf: bytes, dpi: int) -> Iterator[list[str]]:
    document = pdfium.PdfDocument(pdf)
    for page in document:
        image = page.render(scale=dpi / 72, grayscale=True).to_pil()
        found = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.QRCode)
        # labels of one row may differ by a pixel
        rows = image.height / 50
        yield [
            code.text
            for code in sorted(found, key=lambda c: (round(c.position.top_left.y / rows), c.position.top_left.x))
        ]
    document.close()


def texts(pdf: bytes) -> list[str]:
    """The text of each page as it would be copied, without line breaks."""
    document = pdfium.PdfDocument(pdf)
    found = [page.get_textpage().get_text_range() for page in document]
    document.close()
    return [text.replace("\r", "").replace("\n", "").replace("\u200b", "").replace("￾", "") for text in found]


def page_sizes(pdf: bytes) -> set[tuple[int, int]]:
    """Width and height of the pages in millimetres."""
    document = pdfium.PdfDocument(pdf)
    sizes = {tuple(round(side / 72 * 25.4) for side in page.get_size()) for page in document}
    document.close()
    return sizes  # type: ignore[return-value]
