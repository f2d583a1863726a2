"""The type of a reading function's argument, for the rooms that may not import the database library."""

from sqlalchemy import Connection

__all__ = ["Connection"]
