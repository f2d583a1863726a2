"""Connecting a channel: a form made from the channel's manifest, then what to paste where."""
