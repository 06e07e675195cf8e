"""Seeded fictional companies: documents, the facts they state and questions about them."""

from harness.worlds.folder import make

__all__ = ["make"]
