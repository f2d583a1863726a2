"""Viber bots over their REST interface."""
