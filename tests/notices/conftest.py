from tests.staff.database import db, identity, keys, migrated, owner, worker

__all__ = ["db", "identity", "keys", "migrated", "owner", "worker"]
