"""The scan lane as a team would write it first: FastAPI and SQLAlchemy, a row and a transaction at a time.

It does what a scan needs and no more: session, door and form, hold, temperature of the last day, encrypted answers, the
verdict, the same table. Checks and ciphers are ours, so that what differs is the way a scan takes.
"""

import json
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

import msgspec
import uvicorn
from fastapi import Cookie, Depends, FastAPI, HTTPException
from pydantic import BaseModel
from sqlalchemy import BigInteger, DateTime, ForeignKey, LargeBinary, Numeric, Text, select
from sqlalchemy.dialects.postgresql import ENUM, JSONB
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from lianfang.kit.crypto import Keys, digest
from lianfang.kit.identifiers import mask_name
from lianfang.kit.ids import serial
from lianfang.people import tokens
from lianfang.venues.answers import CompiledForm
from lianfang.venues.model import Field

POOL = 20


class Base(DeclarativeBase):
    type_annotation_map = {int: BigInteger, datetime: DateTime(timezone=True)}  # noqa: RUF012


class Person(Base):
    __tablename__ = "people"
    id: Mapped[int] = mapped_column(primary_key=True)
    epoch: Mapped[int]
    name: Mapped[bytes] = mapped_column(LargeBinary)


class Template(Base):
    __tablename__ = "templates"
    id: Mapped[int] = mapped_column(primary_key=True)
    fields: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)


class Checkpoint(Base):
    __tablename__ = "checkpoints"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    ord: Mapped[int]
    open: Mapped[bool]
    temperature_valid_min: Mapped[int | None]
    template_id: Mapped[int] = mapped_column(ForeignKey("templates.id"))
    template: Mapped[Template] = relationship(lazy="joined")


class Code(Base):
    __tablename__ = "checkpoint_codes"
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    replaced_at: Mapped[datetime | None]
    checkpoint_id: Mapped[int] = mapped_column(ForeignKey("checkpoints.id"))
    checkpoint: Mapped[Checkpoint] = relationship(lazy="joined")


class Hold(Base):
    __tablename__ = "holds"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int]
    colour: Mapped[str] = mapped_column(ENUM("yellow", "red", name="hold_colour", create_type=False))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]


class Reading(Base):
    __tablename__ = "temperatures"
    person_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    celsius: Mapped[float] = mapped_column(Numeric(3, 1))
    at: Mapped[datetime]
    checkpoint_id: Mapped[int]


class Visit(Base):
    __tablename__ = "visits"
    person_id: Mapped[int] = mapped_column(primary_key=True)
    scan_id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    ord: Mapped[int]
    checkpoint_id: Mapped[int]
    template_id: Mapped[int]
    hold_id: Mapped[int | None]
    verdict: Mapped[str] = mapped_column(ENUM("pass", "observe", "refuse", name="verdict", create_type=False))
    source: Mapped[str] = mapped_column(ENUM("resident", "import", "gate", name="visit_source", create_type=False))
    clock: Mapped[str] = mapped_column(ENUM("server", "client", name="visit_clock", create_type=False))
    reason: Mapped[str] = mapped_column(Text)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    answers: Mapped[bytes | None] = mapped_column(LargeBinary)
    celsius: Mapped[float | None] = mapped_column(Numeric(3, 1))
    celsius_at: Mapped[datetime | None]
    celsius_checkpoint_id: Mapped[int | None]


class Scan(BaseModel):
    scan_id: UUID
    code: str
    answers: dict[str, str | int | float] = {}


class Stamp(BaseModel):
    scan_id: UUID
    serial: str
    checkpoint: str
    at: datetime
    verdict: str
    reason: str
    person: str


keys = Keys(bytes.fromhex(os.environ["RIVAL_KEY"]))
engine = create_async_engine(os.environ["RIVAL_URL"], pool_size=POOL, max_overflow=0)
sessions = async_sessionmaker(engine, expire_on_commit=False)
app = FastAPI()


async def session() -> AsyncIterator[AsyncSession]:
    async with sessions() as opened:
        yield opened


@app.post("/api/v1/scans", status_code=201)
async def register(
    scan: Scan, db: Annotated[AsyncSession, Depends(session)], lf_resident: Annotated[str, Cookie()] = ""
) -> Stamp:
    now = datetime.now(UTC)
    holder = tokens.read(keys, lf_resident, now)
    person = await db.get(Person, holder.person_id) if holder else None
    if holder is None or person is None or person.epoch != holder.epoch:
        raise HTTPException(401)
    code = await db.get(Code, scan.code)
    if code is None or code.replaced_at is not None or not code.checkpoint.open:
        raise HTTPException(404)
    door = code.checkpoint
    answers, wrong = CompiledForm(msgspec.convert(door.template.fields, list[Field])).check(scan.answers)
    if wrong:
        raise HTTPException(422)
    active = (Hold.starts_at <= now, Hold.ends_at > now)
    holds = (await db.scalars(select(Hold).where(Hold.person_id == person.id, *active))).all()
    worst = max(holds, key=lambda hold: (hold.colour == "red", hold.ends_at), default=None)
    reading = None
    if door.temperature_valid_min:
        since = now - timedelta(minutes=door.temperature_valid_min)
        mine = select(Reading).where(Reading.person_id == person.id, Reading.at > since).order_by(Reading.at.desc())
        reading = await db.scalar(mine.limit(1))
    verdict, reason = ("pass", "ok")
    if worst:
        verdict, reason = ("refuse", "hold_red") if worst.colour == "red" else ("observe", "hold_yellow")
    text = json.dumps(answers)
    db.add(
        Visit(
            person_id=person.id,
            scan_id=scan.scan_id,
            at=now,
            recorded_at=now,
            ord=door.ord,
            checkpoint_id=door.id,
            template_id=door.template_id,
            hold_id=worst.id if worst else None,
            verdict=verdict,
            source="resident",
            clock="server",
            reason=reason,
            content=digest(text.encode()),
            answers=keys.encrypt(text, f"visits.answers:{person.id}:{scan.scan_id}") if answers else None,
            celsius=reading.celsius if reading else None,
            celsius_at=reading.at if reading else None,
            celsius_checkpoint_id=reading.checkpoint_id if reading else None,
        )
    )
    await db.commit()
    name = mask_name(keys.decrypt(person.name, f"people.name:{person.id}"))
    return Stamp(
        scan_id=scan.scan_id,
        serial=serial(scan.scan_id),
        checkpoint=door.name,
        at=now,
        verdict=verdict,
        reason=reason,
        person=name,
    )


@app.get("/api/v1/health/ready")
async def ready() -> dict[str, str]:
    return {}


if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ["RIVAL_PORT"]), log_level="warning", access_log=False)
