"""What stands around the pathways where they are in use: for now, the monthly report."""
