"""The encrypted offline copy of the hub's rows: ``cache.Cache`` for the desk, ``file.CacheFile`` below it."""
