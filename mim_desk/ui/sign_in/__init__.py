"""Signing in to a team's hub, and opening the keys of this desk."""
