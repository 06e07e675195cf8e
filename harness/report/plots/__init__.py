"""One plot a file: records to a matplotlib figure, or None where there is nothing to show."""
