"""People: who somebody is, proven once, encrypted, masked wherever staff see them."""
