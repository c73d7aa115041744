"""Checkpoints: the doors, their form templates, and the codes on them."""
