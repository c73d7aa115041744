"""What a door asks beside the colour: a recent negative test, doses of a vaccine, no stay in an area with risk. Pure."""
