"""What medlfm knows besides the model: the table of drugs, and the store of evidence."""
