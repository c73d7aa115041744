"""What the county's residents find when they look up risk areas and test sites. The names are the story's. One area waits for the
province to confirm it; of the others nobody has to be told: they are not in the tree, or nobody has said where they are."""

from datetime import timedelta

from lianfang.access.scope import Scope, scoped
from lianfang.areas import service, store
from lianfang.areas.model import NewSite
from lianfang.areas.sheet import text_rows
from lianfang.demo.visits import ZONE
from lianfang.kit.clock import now as clock_now
from lianfang.kit.db import Database

SOURCE = "张家口市新冠肺炎疫情防控指挥部"
BULLETIN = """高风险地区（1个）：
河北省张家口市（1）：桥西区南营坊街道锦绣家园小区
中风险地区（4个）：
河北省张家口市（4）：桥西区明德南街道、桥东区红旗楼街道（除胜利社区外）、赤城县雕鹗镇阳光小区3、5号楼、赤城县后城镇"""
SITES = [
    NewSite("赤城县医院采样点", "赤城镇西大街 1 号", 40.9127, 115.8250, "全天", "", "单采、混采"),
    NewSite("龙关镇卫生院", "龙关镇一街", 40.7719, 115.5826, "8:00–17:00", "", "只做混采"),
    NewSite("雕鹗镇卫生院", "雕鹗镇政府东侧", 40.7395, 115.7712, "8:00–12:00", "", ""),
]


async def add_areas(app: Database, scope: Scope) -> None:
    """As the county would have entered them two days ago."""
    day = clock_now().astimezone(ZONE).date() - timedelta(days=2)
    rows = text_rows(BULLETIN, day, SOURCE, None, "")
    async with scoped(app, scope) as conn:
        await service.apply(scope, conn, rows, ZONE, complete=True, dry_run=False)
        await store.put_sites(scope, conn, SITES, "赤城县卫生健康局")
