"""Who did or saw what: written in the transaction that did it."""
