"""Readers of gold sets, by task: the project's own form last, public sets before it."""
