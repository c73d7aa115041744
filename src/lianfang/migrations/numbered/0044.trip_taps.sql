-- A driver's tap that was made without a network is sent later, perhaps twice: its id says so.
ALTER TABLE trips ADD COLUMN begun_tap uuid UNIQUE, ADD COLUMN ended_tap uuid;
