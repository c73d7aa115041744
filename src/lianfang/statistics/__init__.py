"""Figures over a period: who came how often where, down the tree; for the desk, for a wall, and for the public."""
