"""Search in the offline copy and its results."""
