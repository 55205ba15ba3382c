"""The second opinion on urgency: the cases that it learns from, and its training."""
