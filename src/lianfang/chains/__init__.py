"""Who infected whom, as far as onset and encounters tell; the chart of a trace."""
