"""Health certificates of other countries and issuers: read, verified, and made into evidence of their holder."""
