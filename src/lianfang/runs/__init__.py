"""Runs: long work that somebody waits for (an import, a print, an export), with progress, a file in and files out."""
