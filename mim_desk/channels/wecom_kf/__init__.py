"""The channel WeCom customer service."""
