"""Risk areas as bulletins name them, who stayed there, and what residents look up: areas and test sites."""
