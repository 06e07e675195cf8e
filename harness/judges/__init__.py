"""Judges: whether passages support what an answer claims; one plug-in a file."""
