"""SMS through a carrier's own SMPP 3.4 connection."""
