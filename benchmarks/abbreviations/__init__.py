"""The model that tells the senses of short forms apart: what it is fitted on, and how."""
