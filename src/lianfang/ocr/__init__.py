"""Reading ID cards from a picture, for the attendant to confirm. Nothing of it is kept."""
