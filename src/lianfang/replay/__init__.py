"""Plays a recorded check-in stream into an instance, through its public interface."""
