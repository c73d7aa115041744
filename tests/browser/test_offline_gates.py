"""A gate whose page lost its connection is found from the console's first page, and read from the wall."""

import psycopg
from playwright.sync_api import expect

from lianfang.kit.cluster import Cluster
from tests.browser.conftest import OpenPage
from tests.browser.gates import new_door, staff, watch
from tests.browser.test_screens import check
from tests.support.instance import Instance


def test_a_gate_that_went_is_found(open_page: OpenPage, instance: Instance) -> None:
    console = open_page()
    door = new_door(staff(console, "chicheng"))
    gate = open_page(phone=True)
    watch(gate, door)
    gate.context.close()
    with (
        Cluster(instance.home).join() as cluster,
        psycopg.connect(cluster.superuser_dsn("lianfang"), autocommit=True) as conn,
    ):
        conn.execute("UPDATE gate_presence SET seen_at = now() - interval '10 minutes'")
    console.goto("/console/")
    expect(console.get_by_test_id("gates-offline")).not_to_have_text("0")
    console.get_by_role("button", name="查看", exact=True).click()
    row = console.get_by_test_id("offline-gates").get_by_role("row").filter(has_text=door["name"])
    expect(row).to_contain_text("10 分钟前")
    check(console, "offline-gates", "zh-CN")
    console.goto("/console/wall")
    expect(console.locator("section").filter(has_text="门岗离线")).to_contain_text(door["name"])
