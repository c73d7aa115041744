"""People without a phone: who looks after whom, and shows their codes on a phone of their own."""
