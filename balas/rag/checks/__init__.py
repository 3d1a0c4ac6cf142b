"""What of a model's draft may be sent."""
