"""The desk on screen: a folder per feature, small shared parts in widgets."""
