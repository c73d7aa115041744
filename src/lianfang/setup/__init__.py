"""Setting up a county from one workbook: units, checkpoints and accounts, planned first and then applied."""
