"""Preferences of this desk."""
