"""An authority that signs what it sends."""

import base64
import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lianfang.intake import taking
from lianfang.kit.clock import now
from tests.support.house import API, Answer, House
from tests.support.story import LONGGUAN

KINDS = ["test", "vaccination"]


class Laboratory:
    """龙关镇 registered its key, and 赤城县 confirmed it."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.key = Ed25519PrivateKey.generate()
        self.id = 0

    @property
    def public_key(self) -> str:
        return base64.b64encode(self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()

    async def register(self, kinds: list[str] | None = None) -> Answer:
        town = await self.house.staff("longguan")
        body = {"unit_id": LONGGUAN.id, "name": "龙关检验所", "public_key": self.public_key, "kinds": kinds or KINDS}
        answer = await town.post("/authorities", body)
        if answer.status_code == 201:
            self.id = answer.json()["id"]
        return answer

    async def open(self, kinds: list[str] | None = None) -> "Laboratory":
        assert (await self.register(kinds)).status_code == 201
        county = await self.house.staff("chicheng")
        assert (await county.post(f"/authorities/{self.id}/confirm", {})).status_code == 200
        return self

    async def send(self, rows: list[dict[str, Any]], **changed: Any) -> Answer:
        body = {"batch_id": str(uuid4()), "sent_at": now().isoformat(), "rows": rows} | changed
        return await self.send_body(json.dumps(body).encode())

    async def send_body(self, body: bytes, signature: bytes | None = None, **headers: str) -> Answer:
        client = await self.house.client()
        signed = base64.b64encode(signature if signature is not None else self.key.sign(body)).decode()
        given = {
            "content-type": "application/json",
            "lianfang-authority": str(self.id),
            "lianfang-signature": signed,
        }
        return await client.http.post(f"{API}/feed", content=body, headers=given | headers)


def pcr(document: str, result: str = "negative", ref: str = "T1", **changed: Any) -> dict[str, Any]:
    return {
        "ref": ref,
        "document_number": document,
        "kind": "test",
        "at": datetime(2022, 11, 19, 1, tzinfo=UTC).isoformat(),
        "result": result,
        "subject": "pcr",
    } | changed


async def adopt(house: House, owner: psycopg.Connection) -> int:
    """Works the jobs that registrations have left."""
    jobs = owner.execute("SELECT args FROM procrastinate_jobs WHERE task_name = 'intake.adopt'").fetchall()
    services = house.services
    adopted = 0
    for (args,) in jobs:
        adopted += await taking.adopt(services.db.worker, services.db.identity, services.keys, args["person_ids"])
    return adopted


def standing(owner: psycopg.Connection) -> list[tuple[Any, ...]]:
    """Evidence that nothing corrects: person, kind, result, source."""
    return owner.execute(
        "SELECT person_id, kind::text, result, source FROM evidence e WHERE NOT EXISTS"
        " (SELECT FROM evidence c WHERE c.person_id = e.person_id AND c.supersedes = e.id) ORDER BY person_id, at, id"
    ).fetchall()
