"""Desktop notifications of new messages."""
