"""What tells whether the passages found hold the answer."""
