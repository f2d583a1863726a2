"""A secret that must be seen nowhere."""

CANARY = "canary-secret-0f3a9c55e1d27b64"
