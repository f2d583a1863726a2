"""The channel ``telegram``: a bot of the Bot API, told by webhook or asked by long polling."""
