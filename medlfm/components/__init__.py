"""spaCy components, one file each; found by entry point, so that `nlp.add_pipe("medlfm_…")` needs no import."""
