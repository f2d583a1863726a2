"""The hub's memory: encrypted SQLite or PostgreSQL behind one set of functions per noun."""
