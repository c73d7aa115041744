"""How evidence comes in: signed batches of authorities, files, certificates; matched to people by their documents."""
