"""Posters in the console: chosen, made by the worker, fetched, and read by a phone."""

from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import OpenPage, sign_in
from tests.support.posters import scanned


def test_the_stickers_of_a_county_s_vehicles(open_page: OpenPage, tmp_path: Path) -> None:
    county = open_page()
    sign_in(county, "chicheng")
    county.get_by_role("link", name="登记点", exact=True).click()
    county.get_by_role("button", name="批量打印海报").click()
    total = county.request.get("/api/v1/checkpoints/posters").json()["posters"]
    assert total >= 1_011  # the demo's, and those of other stories
    expect(county.get_by_text(f"共 {total:,} 张，{total:,} 页")).to_be_visible()
    county.get_by_role("combobox", name="类别").click()
    county.get_by_role("option", name="车辆").click()
    county.get_by_text("不干胶，每页 21 枚").click()
    found = county.request.get("/api/v1/checkpoints/posters", params={"category": "vehicle"}).json()["posters"]
    expect(county.get_by_text(f"共 {found} 张，{-(-found // 21)} 页")).to_be_visible()
    county.get_by_role("button", name="生成 PDF").click()
    expect(county.get_by_text("已完成")).to_be_visible(timeout=60_000)

    # the run is still there after a reload, with its file
    county.reload()
    with county.expect_download() as download:
        county.get_by_role("link", name="海报-赤城县-不干胶.pdf").click()
    file = tmp_path / "stickers.pdf"
    download.value.save_as(file)
    links = []
    cursor = None
    while cursor or not links:
        params = {"category": "vehicle", "limit": 200, **({"cursor": cursor} if cursor else {})}
        page = county.request.get("/api/v1/checkpoints", params=params).json()
        links += [point["link"] for point in page["items"]]
        cursor = page["next"]
    assert len(links) == found
    assert scanned(file.read_bytes(), 300) == links
