"""Choosing and filling a template: what takes the composer's place when the reply window is closed."""
