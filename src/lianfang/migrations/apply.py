"""Brings a database to today's schema: roles, numbered migrations, the job queue's own schema, grants."""

from importlib.resources import as_file, files

import psycopg
import yoyo
from procrastinate.schema import SchemaManager
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from lianfang.kit.crypto import Keys
from lianfang.migrations.roles import ROLES

_LOCK = 0x11A4FA46  # two processes that start at once migrate one after the other


class UnsuitableServerError(RuntimeError):
    """The PostgreSQL server lacks something that Lianfang relies on; the message says what to change."""


def migrate(owner_dsn: str, keys: Keys, *, may_forget: bool = False) -> int:
    """Applies what is missing, as the database's owner (a role that may create roles). Returns the number of migrations applied.
    `may_forget`: also where the server may lose what it has acknowledged."""
    with psycopg.connect(owner_dsn, autocommit=True) as conn:
        _check_server(conn)
        if not may_forget:
            _check_durable(conn)
        conn.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        for role in ROLES:
            _ensure_role(conn, role, keys.role_password(role))
        applied = _apply_numbered(owner_dsn)
        if conn.execute("SELECT to_regclass('procrastinate_jobs')").fetchone() == (None,):
            conn.execute(SchemaManager.get_schema().encode())
        conn.execute(files(__package__).joinpath("roles.sql").read_text("utf-8").encode())
    return applied


def _check_server(conn: psycopg.Connection) -> None:
    if conn.info.server_version < 160000:
        raise UnsuitableServerError("PostgreSQL 16 or newer is needed")
    if conn.execute("SHOW server_encoding").fetchone() != ("UTF8",):
        raise UnsuitableServerError("the database must be created with ENCODING 'UTF8'")


def _check_durable(conn: psycopg.Connection) -> None:
    names = ("fsync", "full_page_writes", "synchronous_commit")
    rows = conn.execute("SELECT name FROM pg_settings WHERE name = ANY(%s) AND setting = 'off'", [list(names)])
    off = {name for (name,) in rows.fetchall()}
    # what is set for one of our roles counts when that role signs in, which is not now
    own = conn.execute(
        "SELECT split_part(kept, '=', 1) FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole, unnest(setconfig) kept"
        " WHERE r.rolname = ANY(%s) AND kept ~ '^synchronous_commit=(off|of|false|f|no|n|0)$'",
        [list(ROLES)],
    )
    off |= {name for (name,) in own.fetchall()}
    if off:
        raise UnsuitableServerError(
            f"{', '.join(sorted(off))} is off: an acknowledged scan could be lost. Turn it on"
            " (to try things out, LIANFANG_DEVELOPMENT=true starts all the same)."
        )


def _ensure_role(conn: psycopg.Connection, role: str, password: str) -> None:
    # CREATE gives the role no power beyond signing in. ALTER leaves that as it is: only a superuser may speak of it.
    exists = conn.execute("SELECT FROM pg_roles WHERE rolname = %s", [role]).fetchone() is not None
    verb = sql.SQL("ALTER" if exists else "CREATE")
    conn.execute(sql.SQL("{} ROLE {} LOGIN PASSWORD {}").format(verb, sql.Identifier(role), sql.Literal(password)))


def _apply_numbered(owner_dsn: str) -> int:
    info = conninfo_to_dict(owner_dsn)
    uri = yoyo.connections.DatabaseURI(
        scheme="postgresql+psycopg",
        username=info.get("user"),
        password=info.get("password"),
        hostname=None,
        port=None,
        database=info.get("dbname"),
        args={
            key: str(value)
            for key, value in info.items()
            if key not in ("user", "password", "dbname") and value is not None
        },
    )
    backend = yoyo.connections.get_backend(str(uri))
    try:
        with as_file(files(__package__).joinpath("numbered")) as directory:
            migrations = yoyo.read_migrations(str(directory))
            missing = backend.to_apply(migrations)
            backend.apply_migrations(missing)
            return len(missing)
    finally:
        backend.connection.close()
