"""The description of the interface is the committed one, complete, and what answers look like."""

import json
import re
from pathlib import Path
from typing import Any

from lianfang.visits import door
from tests.entrypoints.test_authorization import API_CALLS
from tests.support.house import House

COMMITTED = Path(__file__).parents[2] / "docs" / "openapi.json"


async def served(house: House) -> dict[str, Any]:
    answer = await (await house.client()).get("/openapi.json")
    assert answer.headers["content-type"].startswith("application/json")
    document: dict[str, Any] = answer.json()
    return document


async def test_the_served_description_is_the_committed_one(house: House) -> None:
    same = await served(house) == json.loads(COMMITTED.read_text("utf-8"))
    assert same, (
        "the interface changed: run `.venv/bin/lianfang openapi > docs/openapi.json` and look at the difference"
    )


async def test_every_route_is_described_and_the_scan_lane_too(house: House) -> None:
    paths = (await served(house))["paths"]
    described = {(method.upper(), path) for path, operations in paths.items() for method in operations}
    routes = {
        (call.method, re.sub(r":\w+}", "}", call.path))
        for call in API_CALLS
        if call.handler.resolve_include_in_schema()
    }
    assert described == routes | {("POST", door.PATH)}


async def test_every_error_is_described_as_a_problem(house: House) -> None:
    for path, operations in (await served(house))["paths"].items():
        for method, operation in operations.items():
            content = operation["responses"]["default"]["content"]
            assert content.keys() == {"application/problem+json"}, f"{method} {path}"


async def test_every_operation_has_an_identifier_of_its_own_and_a_sentence(house: House) -> None:
    operations = [op for operations in (await served(house))["paths"].values() for op in operations.values()]
    identifiers = [operation["operationId"] for operation in operations]
    assert len(set(identifiers)) == len(identifiers)
    assert [
        operation["operationId"]
        for operation in operations
        if not operation.get("description", operation.get("summary"))
    ] == []
