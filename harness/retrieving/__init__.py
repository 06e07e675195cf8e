"""Retrieval measured apart from generation: rankings of documents, and how good they are."""
