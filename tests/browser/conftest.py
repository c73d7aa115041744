"""A real Chromium in front of a real instance of the demo."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.chromium import launch_options
from tests.support.instance import Instance

PHONE = {"width": 360, "height": 740}
DESK = {"width": 1366, "height": 768}
PASSWORD = "Lianfang2026!"

OpenPage = Callable[..., Page]


@pytest.fixture(scope="package")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    instance = Instance(tmp_path_factory.mktemp("demo") / "home")
    instance.start()
    yield instance
    instance.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Closed with the module: Playwright's loop must not outlive the tests that use it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_options())
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser, instance: Instance) -> Iterator[OpenPage]:
    """A page of a person of its own (their own cookies). Fails the test when a script fails or a foreign host is asked."""
    contexts = []
    trouble: list[str] = []

    def open_(*, phone: bool = False, language: str = "zh-CN") -> Page:
        context = browser.new_context(
            base_url=instance.url, viewport=PHONE if phone else DESK, locale=language, accept_downloads=True
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: trouble.append(f"{page.url}: {error}"))
        page.on("request", lambda request: _is_ours(request.url, instance, trouble))
        return page

    yield open_
    for context in contexts:
        context.close()
    assert not trouble, trouble


def _is_ours(url: str, instance: Instance, trouble: list[str]) -> None:
    if not url.startswith((instance.url, "data:", "blob:")):
        trouble.append(f"asked for {url}")


def sign_in(page: Page, username: str, where: str = "/console/") -> None:
    """Signs in through the page."""
    page.goto(where)
    page.get_by_label("账号" if "console" in where else "用户名", exact=True).fill(username)
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()
