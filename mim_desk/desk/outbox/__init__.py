"""Drafts and what the hub has not yet confirmed: ``outbox.Outbox`` for the desk, ``file`` and ``salvage`` below it."""
