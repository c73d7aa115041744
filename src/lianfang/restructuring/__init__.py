"""Units that move, merge, close and reopen, and the rows that follow them."""
