"""Asking the process that recognises text, which is begun where it does not run."""

import asyncio
import os
import sys
from importlib.util import find_spec
from pathlib import Path

import msgspec
import structlog

from lianfang.kit.errors import busy
from lianfang.ocr.engine import LENGTH, address
from lianfang.ocr.problems import OCR_MISSING
from lianfang.ocr.reading import Line

log = structlog.get_logger()
BEGINS_WITHIN_S, ANSWERS_WITHIN_S = 20.0, 60.0
AT_ONCE = 4
_waiting = 0


async def recognise(home: Path, picture: bytes) -> list[Line]:
    """Lines of text in a picture. Problems `ocr_missing`, `busy`."""
    global _waiting
    if _waiting >= AT_ONCE:  # the others would wait for longer than it takes to type
        raise busy()
    _waiting += 1
    try:
        reader, writer = await _connect(home)
        try:
            async with asyncio.timeout(ANSWERS_WITHIN_S):
                writer.write(LENGTH.pack(len(picture)) + picture)
                (size,) = LENGTH.unpack(await reader.readexactly(LENGTH.size))
                return msgspec.json.decode(await reader.readexactly(size), type=list[Line])
        except (TimeoutError, OSError, asyncio.IncompleteReadError):
            raise busy() from None
        finally:
            writer.close()
    finally:
        _waiting -= 1


async def _connect(home: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    directory = os.open(home, os.O_RDONLY | os.O_DIRECTORY)
    try:
        begun: asyncio.subprocess.Process | None = None
        deadline = asyncio.get_running_loop().time() + BEGINS_WITHIN_S
        while True:
            try:
                return await asyncio.open_unix_connection(address(directory))
            except (FileNotFoundError, ConnectionRefusedError):
                if asyncio.get_running_loop().time() > deadline:
                    raise busy() from None
            if begun is None:
                begun = await _begin(home)
            await asyncio.sleep(0.1)
    finally:
        os.close(directory)


async def _begin(home: Path) -> asyncio.subprocess.Process:
    if find_spec("rapidocr") is None:
        raise OCR_MISSING()
    log.info("ocr_begins")
    # it gets no secret: only where the socket is to be
    known = {name: value for name, value in os.environ.items() if name in ("PATH", "LANG", "LD_LIBRARY_PATH")}
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "lianfang.ocr.engine",
        str(home),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        env=known,
    )
