"""Channel adapters: sans-I/O, one folder per channel; adding one is a folder and a line in the registry."""
