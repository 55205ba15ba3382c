"""How the PHI model is made: names and places, a generator of marked text, training, cross-validation."""
