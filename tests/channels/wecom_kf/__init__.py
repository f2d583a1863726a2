"""Tests of the channel WeCom customer service."""
