"""Simulated providers: each behaves as its contract sheet says, knowing nothing of the adapters."""
