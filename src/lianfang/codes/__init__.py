"""Holds and the colour that follows from them."""
