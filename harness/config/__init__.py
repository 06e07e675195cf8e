"""Benchmark files: YAML in, checked records out."""
