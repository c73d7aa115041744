"""Benchmarks: what the scan lane does on this machine, beside a peer in the same run."""
