"""For those who do not scan: the attendant's camera, a scanner that types, and a document read by hand."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from lianfang.kit.identifiers import mask_name
from tests.browser.chromium import launch_options
from tests.browser.conftest import OpenPage
from tests.browser.gates import blank_form, measure, new_door, staff, watch
from tests.browser.network import cut, mend
from tests.browser.residents import register
from tests.support.people import Resident, somebody

GAP_MS = 8  # a scanner types a character every few milliseconds


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the camera sees; a test writes it before the camera opens."""
    return tmp_path_factory.mktemp("camera") / "film.mjpeg"


@pytest.fixture(scope="module")
def browser(film: Path) -> Iterator[Browser]:
    """A Chromium with a camera that shows the film, and nobody to ask for permission."""
    show(film, "nothing to see")
    camera = (
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_options(*camera))
        yield browser
        browser.close()


def show(film: Path, text: str) -> None:
    """A phone with this code, held before the camera."""
    drawn = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode).to_image(scale=6)
    code = Image.frombytes("L", drawn.shape, bytes(memoryview(drawn)))
    frame = Image.new("RGB", (640, 480), "#777777")
    frame.paste(code.convert("RGB"), ((640 - code.width) // 2, (480 - code.height) // 2))
    picture = io.BytesIO()
    frame.save(picture, "JPEG", quality=92)
    film.write_bytes(picture.getvalue() * 3)


def my_code(phone: Page, who: Resident | None = None) -> tuple[Resident, str]:
    """Somebody registered, and what their code says."""
    who = register(phone.request, who)
    return who, str(phone.request.get("/api/v1/residents/me/code").json()["token"])


def visits(phone: Page) -> list[dict[str, str]]:
    return list(phone.request.get("/api/v1/residents/me/visits").json()["items"])


def test_the_camera_reads_a_residents_code(open_page: OpenPage, film: Path) -> None:
    admin, gate, phone = open_page(), open_page(phone=True), open_page(phone=True)
    chicheng = staff(admin, "chicheng")
    door = new_door(chicheng, template_id=blank_form(chicheng))
    who, token = my_code(phone)
    show(film, token)
    watch(gate, door)
    fetched: list[str] = []
    gate.on("request", lambda request: fetched.append(request.url))
    gate.get_by_test_id("tab-scan").click()
    field = gate.get_by_test_id("verdict")
    expect(field).to_have_attribute("data-verdict", "pass", timeout=30_000)
    expect(field).to_contain_text(mask_name(who.name))
    [visit] = visits(phone)
    assert visit["checkpoint"] == door["name"]
    [wasm] = [url for url in fetched if ".wasm" in url]
    assert wasm.startswith(f"{gate.url.partition('/gate')[0]}/assets/zxing_reader-")  # ours, with a hash; not a CDN's

    # held on, it is still one scan
    gate.wait_for_timeout(2500)
    assert len(visits(phone)) == 1


def test_the_camera_says_what_is_not_a_residents_code(open_page: OpenPage, film: Path) -> None:
    admin, gate = open_page(), open_page(phone=True)
    door = new_door(staff(admin, "chicheng"))
    show(film, "http://example.invalid/v/ABC")
    watch(gate, door)
    gate.get_by_test_id("tab-scan").click()
    said = gate.get_by_test_id("code-refused")
    expect(said).to_have_attribute("data-reason", "place", timeout=30_000)
    expect(said).to_contain_text("这不是居民的“我的码”，是门口的场所码")


def scan_as_keyboard(gate: Page, text: str) -> None:
    gate.keyboard.type(text, delay=GAP_MS)
    gate.keyboard.press("Enter")


def test_a_scanner_that_types_is_heard_wherever_the_focus_is(open_page: OpenPage) -> None:
    admin, gate, phone = open_page(), open_page(phone=True), open_page(phone=True)
    door = new_door(staff(admin, "chicheng"), temperature_valid_min=120, review=True)
    who, token = my_code(phone)
    watch(gate, door)
    # the focus stands on a button that Enter would press, on another page than the camera's
    gate.get_by_test_id("dark").focus()
    scan_as_keyboard(gate, token)
    assert not gate.evaluate("document.documentElement.classList.contains('dark')")

    # this door asks, measures, and has somebody decide
    form = gate.get_by_test_id("scan-form")
    expect(form).to_contain_text(mask_name(who.name))
    form.get_by_role("button", name="登记").is_disabled()
    measure(gate, "365")
    form.get_by_label("走亲访友").check()
    form.get_by_label("楼栋门牌").fill("3号楼 201")
    form.get_by_role("button", name="登记").click()
    expect(gate.get_by_test_id("person-name")).to_have_text(mask_name(who.name))
    expect(gate.get_by_test_id("measured")).to_contain_text("36.5 ℃")

    # typed into a field, it is taken out again
    gate.wait_for_timeout(500)
    gate.get_by_test_id("refuse").click()
    own = gate.get_by_label("其他原因")
    own.fill("没有")
    own.focus()
    scan_as_keyboard(gate, token)
    gate.get_by_test_id("tab-queue").click()
    assert visits(phone) == []
    gate.wait_for_timeout(500)
    gate.get_by_test_id("approve").click()
    expect(gate.get_by_test_id("queue-empty")).to_be_visible()
    expect(gate.get_by_test_id("unsent")).to_have_attribute("data-count", "0")
    [visit] = visits(phone)
    assert visit["verdict"] == "pass"


def test_somebody_without_a_phone_is_registered_by_hand(open_page: OpenPage, film: Path) -> None:
    show(film, "nothing to see")
    admin, gate = open_page(), open_page(phone=True)
    chicheng = staff(admin, "chicheng")
    door = new_door(chicheng, template_id=blank_form(chicheng))
    watch(gate, door)
    who = somebody()
    gate.get_by_test_id("tab-scan").click()
    gate.get_by_test_id("by-hand").click()
    number = gate.get_by_label("证件号码")
    number.fill(who.document[:10])
    expect(gate.get_by_text("还差 8 位")).to_be_visible()
    number.fill(who.document[:-1] + ("0" if who.document[-1] != "0" else "1"))
    expect(gate.get_by_test_id("error-hand-number")).to_contain_text("最后一位与前面的数字对不上")
    number.fill(who.document)
    expect(gate.get_by_text("校验通过")).to_be_visible()
    gate.get_by_label("姓名").fill(who.name)
    gate.get_by_role("button", name="下一步").click()
    # back and forth, nothing is typed twice
    gate.get_by_test_id("to-camera").click()
    expect(number).to_have_value(who.document)
    gate.get_by_role("button", name="下一步").click()
    gate.get_by_test_id("scan-form").get_by_role("button", name="登记").click()
    expect(gate.get_by_test_id("verdict")).to_have_attribute("data-verdict", "pass")
    expect(gate.get_by_test_id("verdict")).to_contain_text(mask_name(who.name))


def test_a_scan_in_a_dead_spot_is_kept_and_never_looks_like_a_verdict(open_page: OpenPage, film: Path) -> None:
    show(film, "nothing to see")
    admin, gate, phone = open_page(), open_page(phone=True), open_page(phone=True)
    chicheng = staff(admin, "chicheng")
    door = new_door(chicheng, template_id=blank_form(chicheng))
    _, token = my_code(phone)
    watch(gate, door)
    gate.get_by_test_id("tab-scan").click()
    expect(gate.get_by_test_id("camera")).to_be_visible()
    gate.evaluate("navigator.serviceWorker.ready")
    cut(gate)
    scan_as_keyboard(gate, token)
    expect(gate.get_by_test_id("saved")).to_contain_text("已存，未核验")
    expect(gate.get_by_test_id("verdict")).to_have_count(0)
    expect(gate.get_by_test_id("unsent")).to_have_attribute("data-count", "1")
    mend(gate)
    expect(gate.get_by_test_id("unsent")).to_have_attribute("data-count", "0", timeout=45_000)
    assert len(visits(phone)) == 1
