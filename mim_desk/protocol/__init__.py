"""What hub and desk say to each other: rows, events and API bodies as JSON shapes."""
