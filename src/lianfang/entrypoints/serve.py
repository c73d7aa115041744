"""The web process."""

import asyncio
import gc
import resource
import socket
from functools import partial

import uvicorn

from lianfang.config import Settings, master_secret
from lianfang.credentials import show
from lianfang.entrypoints.process import await_orders, await_turn, configure_logging
from lianfang.entrypoints.web import Application, create_app
from lianfang.kit.crypto import Keys
from lianfang.kit.express import ExpressProtocol, Place
from lianfang.kit.newcomers import Newcomers
from lianfang.visits import door

STOP_AFTER_S = 10
TICKS_A_SECOND = 10  # of uvicorn
GC_THRESHOLD = (
    20_000  # a batch of scans makes thousands of objects and no cycles; at 700 they are looked at dozens of times
)
FILES_KEPT = 256
CROWDED = 0.8
"""From this share of the connections there may be, whoever says nothing is let go of at once."""


class Server(uvicorn.Server):
    """Ends the gates' streams before it waits for open requests: they are open all day and would hold up every stop."""

    def __init__(self, config: uvicorn.Config, app: Application) -> None:
        super().__init__(config)
        self._app = app
        self._newcomers: list[Newcomers] = []

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listener in sockets or []:
            self._newcomers.append(Newcomers(listener, self._protocol))

    def _protocol(self) -> asyncio.Protocol:
        made: asyncio.Protocol = self.config.http_protocol_class(  # type: ignore[call-arg]
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return made

    async def on_tick(self, counter: int) -> bool:
        if counter % TICKS_A_SECOND == 0:
            self._app.look(len(self.server_state.connections), self._let_go_of_the_late())
        return await super().on_tick(counter)

    def _let_go_of_the_late(self) -> int:
        now = asyncio.get_running_loop().time()
        late = 0
        crowded = len(self.server_state.connections) > connections_at_most() * CROWDED
        for connection in list(self.server_state.connections):
            if isinstance(connection, ExpressProtocol) and connection.is_late(now, crowded=crowded):
                connection.let_go()
                late += 1
        return late

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for newcomers in self._newcomers:
            newcomers.stop()
        self._app.end_streams()
        await super().shutdown(sockets)


def server_config(settings: Settings, app: Application) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        loop="uvloop",
        http=partial(  # type: ignore[arg-type]
            ExpressProtocol,
            [Place(f"POST {door.PATH}", lambda: app.lane_door), Place(f"GET {show.PATH}", lambda: app.show_desk)],
            at_most=connections_at_most(),
        ),
        lifespan="on",
        access_log=False,  # addresses hold the codes of doors, and a log of them is a trajectory
        log_config=None,  # what it has to say goes where ours goes
        log_level="warning",
        server_header=False,
        proxy_headers=False,  # settings.trusted_proxy decides whose word about addresses counts
        timeout_keep_alive=30,
        timeout_graceful_shutdown=STOP_AFTER_S,
    )


def connections_at_most() -> int:
    """As many as there may be open files; some are kept for the database, the log and pages."""
    return max(FILES_KEPT, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - FILES_KEPT)


def main() -> None:
    settings, dsn = await_orders()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    configure_logging()
    app = create_app(settings, dsn, Keys(master_secret(settings)))
    listener = socket.socket(fileno=await_turn())
    gc.collect()
    gc.freeze()  # what was loaded stays: no collection need look at it again
    gc.set_threshold(GC_THRESHOLD, 20, 100)
    Server(server_config(settings, app), app).run([listener])
