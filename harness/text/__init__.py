"""Strings to strings: floor 2, no model, no file."""
