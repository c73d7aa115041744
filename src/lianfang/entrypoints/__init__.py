"""The doors of the whole: web, worker, command line."""
