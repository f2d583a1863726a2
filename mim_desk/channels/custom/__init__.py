"""The channel ``custom``: our own signed HTTP contract for any messaging gateway."""
