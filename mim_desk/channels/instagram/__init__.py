"""Instagram messages of one professional account."""
