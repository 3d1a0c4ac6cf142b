"""How good answers are, on questions whose answers are known."""
