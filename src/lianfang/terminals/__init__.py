"""Terminals: machines at a gate that read an ID card, a face or a code, and ask for the verdict with a key of their own."""
