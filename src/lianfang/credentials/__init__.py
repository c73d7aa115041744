"""Codes without a server: what a phone or a sheet of paper shows, and the list by which a gate judges it with the network down."""
