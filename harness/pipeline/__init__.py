"""Documents and question-answer pairs to token sequences: one file for each stage."""
