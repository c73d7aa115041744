"""`lianfang up`: owns the database, prepares it, runs the web and the worker process, starts again what dies, stops in order."""

import asyncio
import signal
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog

from lianfang.bootstrap import open_databases, prepared_database
from lianfang.config import Settings
from lianfang.demo.load import known_passwords
from lianfang.demo.load import load as load_demo
from lianfang.entrypoints.posts import Post, Reserve, StartError, listen, stop_all
from lianfang.kit.cluster import Cluster, ClusterError
from lianfang.kit.crypto import Keys

log = structlog.get_logger()
DATABASE_PAUSE_S = 2.0
WEB, WORKER = "lianfang.entrypoints.serve", "lianfang.entrypoints.worker"


def up(
    settings: Settings,
    *,
    say: Callable[[str], None],
    ready: Callable[[bool], None],
    web: str = WEB,
) -> None:
    """Runs until Ctrl-C or SIGTERM. `ready` is called once pages are served; True: the demo was loaded just now."""
    stopping: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _: stopping.append(number))
    say("正在准备数据库… · Preparing the database…")
    # they load their programs while the database starts, and begin when they are told where it is
    listeners = listen(settings)
    posts = [*(Post(web, listeners, own) for own in listeners), Post(WORKER)]
    reserve = Reserve(web, listeners)
    cluster = Cluster(settings.home_path)
    try:
        with prepared_database(settings, cluster) as (dsn, keys):
            loaded = settings.demo and asyncio.run(_load_demo(dsn, keys, say))
            if not settings.demo and not settings.development:
                asyncio.run(_refuse_known_passwords(dsn, keys))
            for post in posts:
                post.begin(settings, dsn)
            _watch(posts, reserve, cluster, settings, dsn, stopping, say, lambda: ready(bool(loaded)))
            say("正在停止… · Stopping…")
            stop_all(posts)  # before the database
    finally:
        reserve.stop()
        stop_all(posts)


def _watch(
    posts: list[Post],
    reserve: Reserve,
    cluster: Cluster,
    settings: Settings,
    dsn: str,
    stopping: list[int],
    say: Callable[[str], None],
    ready: Callable[[], None],
) -> None:
    """Starts again what dies, until we are told to stop."""
    announced = False
    while not stopping:
        _watch_database(cluster, say)
        for post in posts:
            if post.process.poll() is not None:
                if not announced:
                    raise _not_started(post)
                log.warning("process_restarted", process=post.module.rpartition(".")[2], code=post.process.returncode)
                say(f"{post.module} 已退出（{post.process.returncode}），正在重启 · ended, starting it again")
                post.fill(settings, dsn, reserve)
        if announced:
            reserve.fill(settings, dsn)
        elif _answers(settings):
            ready()
            announced = True
        time.sleep(0.1)


def _watch_database(cluster: Cluster, say: Callable[[str], None]) -> None:
    """The web and the worker process stay: their pools find the database again where it was."""
    try:
        if cluster.revive():
            log.warning("database_revived")
            say("数据库曾意外退出，已重新启动 · the database had ended and runs again")
    except ClusterError as error:  # a full disk, for example: somebody may be making room
        log.error("database_not_revived")
        say(f"数据库无法启动，稍后再试 · the database does not start; trying again\n{error}")
        time.sleep(DATABASE_PAUSE_S)


@contextmanager
def serving(settings: Settings, dsn: str) -> Iterator[tuple[str, list[int]]]:
    """The web processes on a prepared database, for as long as the block lasts; their base URL and process ids."""
    listeners = listen(settings)
    posts = [Post(WEB, listeners, own) for own in listeners]
    for post in posts:
        post.begin(settings, dsn)
    try:
        while not _answers(settings):
            for post in posts:
                if post.process.poll() is not None:
                    raise _not_started(post)
            time.sleep(0.1)
        yield settings.base_url, [post.process.pid for post in posts]
    finally:
        stop_all(posts)
        for listener in listeners:
            listener.close()


def _not_started(post: Post) -> StartError:
    return StartError(f"{post.module} 无法启动，见上面的错误 · could not start; see the error above")


async def _refuse_known_passwords(dsn: str, keys: Keys) -> None:
    async with open_databases(dsn, keys) as db:
        known = await known_passwords(db.identity)
    if known:
        raise StartError(
            f"账号 {', '.join(known)} 还在使用演示密码，人人皆知。请用 --demo 启动，或换一个数据目录 · "
            "these accounts still have the demo's password, which everybody knows: start with --demo, or use another home"
        )


async def _load_demo(dsn: str, keys: Keys, say: Callable[[str], None]) -> bool:
    async with open_databases(dsn, keys) as db:
        return await load_demo(db, keys, lambda: say("正在载入演示数据… · Loading the demo…"))


def _answers(settings: Settings) -> bool:
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104
    try:
        with urllib.request.urlopen(f"http://{host}:{settings.port}/api/v1/health/ready", timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
