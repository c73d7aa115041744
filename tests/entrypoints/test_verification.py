"""The files by which WeChat, Alipay and others see that a domain is ours, at the root and below the codes' prefix."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lianfang.config import Settings
from tests.support.database import MASTER
from tests.support.house import House

NAME = "MP_verify_a1B2c3.txt"


@pytest.fixture
async def town(tmp_path: Path, house_with: Callable[[Settings], object]) -> House:
    files = tmp_path / "files"
    files.mkdir()
    (files / NAME).write_text("a1B2c3")
    (tmp_path / "secret.txt").write_text("secret")
    return await house_with(  # type: ignore[misc, no-any-return]
        Settings(demo=True, secret_key=MASTER.hex(), verification_dir=str(files))
    )


@pytest.mark.parametrize("place", ["/", "/v/"])
async def test_a_file_is_served_where_the_platform_looks(town: House, place: str) -> None:
    answer = await (await town.client()).http.get(place + NAME)
    assert (answer.status_code, answer.text) == (200, "a1B2c3")
    assert answer.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize(
    "path", ["/unknown.txt", "/v/unknown.txt", "/..%2fsecret.txt", "/%2e%2e/secret.txt", "/v/..%2fsecret.txt", "/files"]
)
async def test_nothing_else_is(town: House, path: str) -> None:
    answer = await (await town.client()).http.get(path)
    assert answer.status_code == 404 or "secret" not in answer.text


async def test_without_the_setting_there_are_none(house: House) -> None:
    assert (await (await house.client()).http.get("/" + NAME)).status_code == 404
