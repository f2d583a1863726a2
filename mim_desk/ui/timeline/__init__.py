"""The timeline: all of a contact's messages as the agent sees them."""
