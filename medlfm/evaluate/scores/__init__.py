"""From the cases and the answers to the figures of a task: {"metrics", "by_label", "intervals", …}, all JSON data.

`missed` holds the rows of the gold file with a case that is not all right: never its text or its id.
"""
