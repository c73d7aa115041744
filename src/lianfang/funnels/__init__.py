"""Narrowing a trace's contacts step by step, and saying what each step costs."""
