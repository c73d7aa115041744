"""Plan packs: what a published plan says about contacts, quarantine, areas and colours, as data."""
