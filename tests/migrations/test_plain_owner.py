"""An external PostgreSQL whose administrator gives us a database and the right to create roles, and no more."""

import psycopg

from lianfang.kit.cluster import Cluster, throwaway
from lianfang.kit.crypto import Keys
from lianfang.migrations.apply import migrate


def test_an_owner_without_superuser_rights_can_migrate_and_start_again(keys: Keys) -> None:
    with throwaway() as cluster:
        _give_database(cluster)
        dsn = cluster.dsn("lianfang", "boss", "secret")
        assert migrate(dsn, keys) > 0
        assert migrate(dsn, keys) == 0
        with psycopg.connect(dsn) as conn:
            powers = conn.execute(
                "SELECT bool_or(rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb) FROM pg_roles WHERE rolname LIKE 'lianfang%'"
            ).fetchone()
        assert powers == (False,)


def _give_database(cluster: Cluster) -> None:
    with psycopg.connect(cluster.superuser_dsn(), autocommit=True) as conn:
        conn.execute("CREATE ROLE boss LOGIN CREATEROLE PASSWORD 'secret'")
        conn.execute("CREATE DATABASE lianfang OWNER boss ENCODING 'UTF8' TEMPLATE template0")
