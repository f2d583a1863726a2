"""The command palette: contacts, views and every action behind one key."""
