"""The web process."""

import uvicorn

from lianfang.config import Settings, master_secret
from lianfang.entrypoints.process import await_orders, configure_logging
from lianfang.entrypoints.web import create_app
from lianfang.kit.crypto import Keys

STOP_AFTER_S = 10


def server_config(settings: Settings, dsn: str, keys: Keys) -> uvicorn.Config:
    return uvicorn.Config(
        create_app(settings, dsn, keys),
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        lifespan="on",
        access_log=False,  # addresses hold the codes of doors, and a log of them is a trajectory
        log_level="warning",
        server_header=False,
        proxy_headers=False,  # settings.trusted_proxy decides whose word about addresses counts
        timeout_keep_alive=30,
        timeout_graceful_shutdown=STOP_AFTER_S,
        backlog=4096,
    )


def main() -> None:
    settings, dsn = await_orders()
    configure_logging()
    uvicorn.Server(server_config(settings, dsn, Keys(master_secret(settings)))).run()
