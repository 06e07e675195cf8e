"""Vector stores: one plug-in a file, one contract for all."""
