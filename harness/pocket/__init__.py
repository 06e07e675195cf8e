"""The embedded language model: pre-trained here, on worlds of the same generator."""
