"""Printed codes: health codes of people without a phone, on paper, voidable, for a look at their document."""
