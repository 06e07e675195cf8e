"""Retrievers, embedders and vector stores: one plug-in a file."""
