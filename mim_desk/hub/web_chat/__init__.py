"""The customer's side in a browser: the chat page, its sessions and its stream."""
