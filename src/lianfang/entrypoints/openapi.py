"""The OpenAPI description: the router's own, and the scan lane, which stands in front of the router."""

from typing import Any

import msgspec
from litestar import Litestar

from lianfang.kit.errors import ProblemDetails
from lianfang.visits import door, gate_model
from lianfang.visits.model import Scan, Stamp, Waiting

API_VERSION = "0.1.0"
_REF = "#/components/schemas/{name}"


def describe(app: Litestar) -> bytes:
    """openapi.json: sorted and indented, so that two versions can be compared."""
    document: dict[str, Any] = app.openapi_schema.to_schema()
    streamed = [gate_model.WaitingPerson, gate_model.ScanDecided, gate_model.FeverAlert]
    (scan, stamp, waiting, problem, *_), components = msgspec.json.schema_components(
        [Scan, Stamp, Waiting, ProblemDetails, *streamed], ref_template=_REF
    )
    document["components"].setdefault("schemas", {}).update(components)
    document["paths"][door.PATH] = {"post": _lane(scan, stamp, waiting)}
    _one_kind_of_problem(document, problem)
    return msgspec.json.format(msgspec.json.encode(document, order="sorted"), indent=1)


def _lane(scan: dict[str, Any], stamp: dict[str, Any], waiting: dict[str, Any]) -> dict[str, Any]:
    def answer(description: str, schema: dict[str, Any] = stamp) -> dict[str, Any]:
        return {"description": description, "content": {"application/json": {"schema": schema}}}

    return {
        "operationId": "SubmitScan",
        "summary": "Registers a visit; answered after it is committed.",
        "tags": ["residents"],
        "requestBody": {"required": True, "content": {"application/json": {"schema": scan}}},
        "responses": {
            "201": answer("Stored"),
            "200": answer("Stored before under the same id: the first outcome"),
            "202": answer("Waits for the attendant; ask GET /scans/{scan_id}", waiting),
        },
    }


def _one_kind_of_problem(document: dict[str, Any], problem: dict[str, Any]) -> None:
    """Every error of every route is application/problem+json."""
    error = {"description": "A problem", "content": {"application/problem+json": {"schema": problem}}}
    for path in document["paths"].values():
        for operation in path.values():
            kept = {status: answer for status, answer in operation["responses"].items() if status[0] not in "45"}
            operation["responses"] = kept | {"default": error}
