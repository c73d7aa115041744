"""The database roles, and how to sign in as one."""

from psycopg.conninfo import make_conninfo

from lianfang.kit.crypto import Keys

# a server that is cut off says nothing more, and the kernel would wait for it for a quarter of an hour
NETWORK = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
ROLES = ("lianfang_app", "lianfang_identity", "lianfang_lane", "lianfang_worker")


def role_dsn(owner_dsn: str, role: str, keys: Keys) -> str:
    """The same database, as one of our roles."""
    return make_conninfo(owner_dsn, user=role, password=keys.role_password(role), application_name=role, **NETWORK)
