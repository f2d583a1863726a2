"""The first minute: how one works, the first channel, the rehearsal."""
