"""The desk without its window: replica, cache, outbox, embedded hub and the session that ties them."""
