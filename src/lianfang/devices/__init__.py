"""Devices: thermometers with a network, each at one checkpoint, and whether they agree with their neighbours."""
