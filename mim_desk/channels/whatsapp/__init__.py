"""WhatsApp over the Cloud API of Meta."""
