"""The service that takes deliveries, keeps the truth, sends and streams."""
