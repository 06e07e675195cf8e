"""Metrics: rows of statistics from cases, one number from summed rows; one family a file."""
