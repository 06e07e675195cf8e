"""Rows to weights: examples, methods, and the loop that they share."""
