"""Base models: what they are called, how they come here, how they are loaded, prompted and run."""
