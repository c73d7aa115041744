"""Posters: the printed page, card or sticker at every door, as PDF."""
