"""The demo story: Chicheng county, two weeks, one outbreak. Nobody in it exists."""
