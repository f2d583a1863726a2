"""The HTTP interface below /api/v1: one file per noun."""
