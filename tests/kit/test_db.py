"""Connections to a server that may go away."""

from psycopg_pool.base import AttemptWithBackoff

from lianfang.kit import db


def test_a_pool_asks_as_often_for_a_server_that_is_long_gone_as_for_one_that_just_went() -> None:
    assert db.Database
    attempt = AttemptWithBackoff(timeout=300)
    for now in range(200):
        attempt.update_delay(now)
        assert 0 < attempt.delay < 0.5
