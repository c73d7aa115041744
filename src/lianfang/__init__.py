"""Lianfang (联防): the platform of the people who hold an outbreak."""

from lianfang.kit.compiled import prefer

prefer()
