"""Takes connections as fast as they come. libuv takes one each time the loop turns: when a turn lasts a tenth of a second,
because thousands ask at once, the eleventh newcomer of a second would wait for minutes."""

import asyncio
import os
import socket
from collections.abc import Callable

AT_ONCE = 500


class Newcomers:
    """Stands beside a server at its listening socket, and takes whoever the server has not taken."""

    def __init__(self, listener: socket.socket, protocol: Callable[[], asyncio.Protocol]) -> None:
        self._listener = socket.socket(fileno=os.dup(listener.fileno()))
        self._listener.setblocking(False)
        self._protocol = protocol
        self._arriving: set[asyncio.Task[None]] = set()
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._listener, self._take)

    def stop(self) -> None:
        self._loop.remove_reader(self._listener)
        self._listener.close()

    def _take(self) -> None:
        for _ in range(AT_ONCE):
            try:
                line, _ = self._listener.accept()
            except OSError:  # nobody is left, or there are too many open files
                return
            task = self._loop.create_task(self._let_in(line))
            self._arriving.add(task)
            task.add_done_callback(self._arriving.discard)

    async def _let_in(self, line: socket.socket) -> None:
        try:
            await self._loop.connect_accepted_socket(self._protocol, line)
        except OSError:  # gone already
            line.close()
