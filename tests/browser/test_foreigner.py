"""A foreigner in English: a door that asks for two doses, a certificate photographed on the phone, four codes, and a stamp whose
mark moves with the gate's."""

import io
import os
from pathlib import Path

import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect

from lianfang.kit.clock import now
from tests.browser.conftest import OpenPage
from tests.browser.gates import blank_form, new_door, staff, watch
from tests.certificates.issuing import Country, vaccinated
from tests.intake.test_certificates import PASSPORT, zone


def photograph(text: str) -> bytes:
    """Of a certificate on paper: small, grey, and not quite straight."""
    drawn = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode).to_image(scale=5)
    code = Image.frombytes("L", drawn.shape, bytes(memoryview(drawn)))
    paper = Image.new("RGB", (code.width + 240, code.height + 320), "#cfcac0")
    paper.paste(code.convert("RGB"), (120, 160))
    picture = io.BytesIO()
    paper.rotate(4, fillcolor="#8d8d8d").save(picture, "JPEG", quality=85)
    return picture.getvalue()


def english(page: Page) -> Page:
    page.context.add_init_script("document.cookie = 'lf_lang=en; path=/'")
    return page


def shot(page: Page, name: str) -> None:
    if folder := os.environ.get("LOOK_AT"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def register(page: Page) -> None:
    """Through the page, with a passport."""
    page.locator("#document_type").select_option("passport")
    page.locator("#name").fill("ANNA MARIA SMITH")
    page.locator("#document_number").fill(PASSPORT)
    page.get_by_role("button", name="Next").click()
    page.locator("#phone").fill("13900013579")
    page.get_by_role("button", name="Get code").click()
    page.get_by_role("button", name="Fill in").click()
    page.locator("#consent").check()
    page.get_by_role("button", name="Agree and continue").click()


def test_a_foreigner_in_english(open_page: OpenPage) -> None:
    admin, gate = open_page(), english(open_page(phone=True, language="en"))
    country = Country(now=now())
    topmost = staff(admin, "hebei")
    assert topmost.post("/api/v1/signers", data={"content": country.pem.decode()}).ok
    clerk = staff(open_page(), "chicheng")
    door = new_door(clerk, name="海陀宾馆", template_id=blank_form(clerk), doses=2, risk_days=7)

    page = english(open_page(phone=True, language="en"))
    page.goto(f"/v/{door['code']}")
    expect(page.get_by_test_id("door-requires")).to_contain_text("at least 2 doses of a vaccine")
    shot(page, "door-before")
    register(page)
    required = page.get_by_test_id("required")
    expect(required).to_contain_text("Needs 2 doses of a vaccine; none of yours is known.")
    shot(page, "door-lacking")
    page.get_by_role("button", name="Check in").click()
    stamp = page.get_by_test_id("stamp")
    expect(stamp).to_have_attribute("data-verdict", "refuse")
    expect(page.get_by_test_id("reason")).to_contain_text("bring your certificate")
    shot(page, "stamp-refused")

    # the certificate, from a photograph
    page.goto("/h5/health")
    page.get_by_role("button", name="Add a certificate of another country").click()
    text = country.issue(vaccinated())
    page.get_by_test_id("qr-picture").set_input_files(
        {"name": "dcc.jpg", "mimeType": "image/jpeg", "buffer": photograph(text)}
    )
    expect(page.locator("textarea[name=certificate]")).to_have_value(text)
    page.locator("textarea[name=mrz]").fill(zone())
    shot(page, "certificate")
    page.get_by_role("button", name="Verify and add").click()
    expect(page.get_by_text("from Invented Ministry (NL)")).to_be_visible()

    # and it lets her in; the gate shows the same mark
    page.goto(f"/v/{door['code']}")
    expect(page.locator("[data-cell=vaccination]")).to_have_attribute("data-state", "good")
    page.get_by_role("button", name="Check in").click()
    expect(stamp).to_have_attribute("data-verdict", "pass")
    cells = page.get_by_test_id("cells")
    expect(cells).to_contain_text("2 doses")
    expect(cells).to_contain_text("No risk")
    watch(gate, door)
    mark = page.get_by_test_id("challenge")
    expect(gate.get_by_test_id("challenge")).to_have_count(2)
    seen = str(mark.get_attribute("data-digits"))
    shot(page, "stamp-passed")
    shot(gate, "gate")
    expect(mark).not_to_have_attribute("data-digits", seen, timeout=15_000)  # a picture of it would stand still
    moved = mark.get_attribute("data-digits")
    expect(gate.get_by_test_id("challenge").first).to_have_attribute("data-digits", str(moved), timeout=4_000)
