"""What is known of people's health and whereabouts, and from whom."""
