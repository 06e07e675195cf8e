"""The steps of a benchmark: records to records, no paths."""
