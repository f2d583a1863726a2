"""Simulated customers who speak to a hub only from outside, as any browser does."""
