"""Somebody who means harm, in a process of their own: half heads, bodies that do not end, sockets that say nothing. Whatever is
let go of comes back. `python -m lianfang.bench.hostile HOST PORT`; ends with its standard input."""

import asyncio
import resource
import sys
from contextlib import suppress

import uvloop

SLOW_HEADS, HUGE_BODIES, SILENT = 1_000, 20, 10_000
BODY_BYTES = 1 << 30
_HEAD = b"POST /api/v1/scans HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n"
_AT_ONCE = 100


async def _slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    for byte in _HEAD * 100:
        writer.write(bytes([byte]))
        await writer.drain()
        with suppress(TimeoutError):
            if await asyncio.wait_for(reader.read(1), 5) == b"":
                return


async def _huge(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(_HEAD + b"Content-Length: %d\r\n\r\n" % BODY_BYTES)
    for _ in range(BODY_BYTES >> 16):
        writer.write(b" " * (1 << 16))
        await writer.drain()


async def _silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read(1)


async def _run(host: str, port: int) -> None:
    door = asyncio.Semaphore(_AT_ONCE)

    async def again(harm: object) -> None:
        while True:
            with suppress(OSError):
                async with door:
                    reader, writer = await asyncio.open_connection(host, port)
                try:
                    await harm(reader, writer)  # type: ignore[operator]
                finally:
                    writer.transport.abort()
            await asyncio.sleep(0.5)

    kinds = [(_slow, SLOW_HEADS), (_huge, HUGE_BODIES), (_silent, SILENT)]
    tasks = [asyncio.create_task(again(harm)) for harm, many in kinds for _ in range(many)]
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.buffer.read)
    for task in tasks:
        task.cancel()


if __name__ == "__main__":
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    uvloop.run(_run(sys.argv[1], int(sys.argv[2])))
