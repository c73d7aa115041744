"""Whoever comes is taken at once, however slowly the loop turns."""

import asyncio
import socket
import time

import uvloop

from lianfang.kit.newcomers import Newcomers

MANY = 60
SLOW_TURN_S = 0.05


async def _let_in(listener: socket.socket) -> int:
    """How often a slow loop turns until all who stand before the door are inside."""
    inside = turns = 0

    class Guest(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            nonlocal inside
            inside += 1

    server = await asyncio.get_running_loop().create_server(Guest, sock=listener)
    newcomers = Newcomers(listener, Guest)
    phones = [socket.create_connection(listener.getsockname()) for _ in range(MANY)]
    while inside < MANY:
        time.sleep(SLOW_TURN_S)  # noqa: ASYNC251 -- much work
        await asyncio.sleep(0)
        turns += 1
    newcomers.stop()
    server.close()
    for phone in phones:
        phone.close()
    return turns


def test_a_crowd_is_let_in_within_a_few_turns_of_the_loop() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=MANY) as listener:
        assert uvloop.run(_let_in(listener)) < MANY / 4
