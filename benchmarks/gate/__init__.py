"""The gate's classifier: the sentences that it learns from, and its training."""
