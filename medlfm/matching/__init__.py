"""What the components share: rules, offset maps, phrase matching, the context engine."""
