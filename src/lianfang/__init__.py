"""Lianfang (联防): the platform of the people who hold an outbreak."""
