"""Staff: accounts of units, their logins and sessions."""
