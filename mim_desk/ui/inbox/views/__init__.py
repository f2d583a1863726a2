"""The views pane: where conversations are found."""
