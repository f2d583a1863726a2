"""The inbox: views at the start, then the conversation list."""
