"""Which artefacts, runs and models contain a document, and which documents each contains."""
