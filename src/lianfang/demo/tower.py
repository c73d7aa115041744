"""The office tower of the story: who has rooms on which of its floors."""

from typing import Final

from lianfang.access.scope import Scope, scoped
from lianfang.kit.db import Database
from lianfang.venues import store
from lianfang.venues.model import NewTenant

TENANTS: Final = (
    ("2F", "白河源旅行社"),
    ("2F", "汤泉体检中心"),
    ("9F", "海陀山科技有限公司"),
    ("9F", "独石口建筑设计院"),
    ("9F", "长城脚测绘公司"),
    ("12F", "云州律师事务所"),
)


async def add_tenants(app: Database, scope: Scope, checkpoint_id: int) -> list[int]:
    """Their ids."""
    async with scoped(app, scope) as conn:
        checkpoint = await store.find_checkpoint(scope, conn, checkpoint_id)
        assert checkpoint is not None
        await store.insert_tenants(scope, conn, checkpoint, [NewTenant(*row) for row in TENANTS])
        return [tenant.id for tenant in await store.list_tenants(scope, conn, checkpoint_id)]
