"""Turns that need no document, and the fixed lines Balas says."""
