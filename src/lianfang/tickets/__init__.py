"""Tickets: what somebody asks of the office, says is wrong or appeals against, until it is answered."""
