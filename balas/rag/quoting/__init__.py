"""Answers without a model: what of the passages is quoted."""
