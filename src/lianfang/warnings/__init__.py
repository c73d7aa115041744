"""Places and areas with more fevers, positive tests or red codes at the door than their own past lets expect."""
