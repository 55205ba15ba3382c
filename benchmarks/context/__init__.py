"""The decider beside the context rules: the sentences that it learns from, and its training."""
