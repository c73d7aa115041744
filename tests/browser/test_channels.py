"""A resident at a door signs in through the operator's identity provider: once to register, ever after without typing."""

import asyncio
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PHONE
from tests.browser.residents import demo_door
from tests.channels.fake_oidc import CLIENT, SECRET, Provider
from tests.support.instance import Instance
from tests.support.people import somebody


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    """A fake provider in a thread of its own: Playwright holds this one."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    provider = Provider(subject="hu.yuelan")

    async def start() -> TestServer:
        server = TestServer(provider.app())
        await server.start_server()
        return server

    server = asyncio.run_coroutine_threadsafe(start(), loop).result(20)
    provider.issuer = str(server.make_url("")).rstrip("/")
    yield provider
    asyncio.run_coroutine_threadsafe(server.close(), loop).result(20)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(20)
    loop.close()


@pytest.fixture(scope="module")
def town(provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    instance = Instance(tmp_path_factory.mktemp("channels") / "home")
    instance.environment |= {
        "LIANFANG_OIDC_ISSUER": provider.issuer,
        "LIANFANG_OIDC_CLIENT_ID": CLIENT,
        "LIANFANG_OIDC_CLIENT_SECRET": SECRET,
        "LIANFANG_OIDC_NAME": "赤城政务统一认证",
    }
    instance.start()
    yield instance
    instance.stop()


def open_phone(browser: Browser, town: Instance) -> Page:
    page = browser.new_context(base_url=town.url, viewport=PHONE, locale="zh-CN").new_page()
    page.set_default_timeout(20_000)
    return page


def keep(page: Page, name: str) -> None:
    """A picture to look at, where somebody asks for it."""
    if directory := os.environ.get("KEEP_PICTURES"):
        page.screenshot(path=Path(directory) / f"{name}.png", full_page=True)


def test_one_tap_signs_in_after_the_first_registration(browser: Browser, town: Instance) -> None:
    who, page = somebody(), open_phone(browser, town)
    page.goto(demo_door(page))
    keep(page, "channel-buttons")
    page.get_by_role("link", name="赤城政务统一认证").click()
    expect(page.get_by_test_id("channel-notice")).to_contain_text("还没有登记过")
    assert "login=" not in page.url
    keep(page, "channel-unknown")
    page.get_by_label("姓名").fill(who.name)
    page.get_by_label("证件号码").fill(who.document)
    page.get_by_role("button", name="下一步").click()
    page.get_by_label("手机号码").fill(who.phone)
    page.get_by_role("button", name="获取验证码").click()
    page.get_by_role("textbox", name="验证码").fill(page.get_by_test_id("demo-code").inner_text())
    page.get_by_label("单独同意").check()
    page.get_by_role("button", name="同意并继续").click()
    expect(page.get_by_test_id("me")).to_be_visible()

    another = open_phone(browser, town)
    another.goto(demo_door(another))
    another.get_by_role("link", name="赤城政务统一认证").click()
    # on the door's page, signed in, with nothing typed
    expect(another.get_by_test_id("me")).to_be_visible()
    assert another.url.endswith(demo_door(another))
    another.goto("/h5/")
    expect(another.get_by_role("heading", name="登录方式")).to_be_visible()
    keep(another, "channel-mine")
    another.get_by_role("button", name="解除").click()
    expect(another.get_by_role("button", name="解除")).to_have_count(0)
    expect(another.get_by_role("link", name="赤城政务统一认证")).to_be_visible()


def test_a_provider_that_declines_leaves_the_form(browser: Browser, town: Instance, provider: Provider) -> None:
    provider.deny = True
    try:
        page = open_phone(browser, town)
        page.goto(demo_door(page))
        page.get_by_role("link", name="赤城政务统一认证").click()
        expect(page.get_by_test_id("channel-notice")).to_contain_text("没有完成")
        expect(page.get_by_label("姓名")).to_be_visible()
    finally:
        provider.deny = False
