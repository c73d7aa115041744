"""Traces in the database."""

from lianfang.kit.sql import Queries

Q = Queries(__package__)
