"""The web chat: our own widget on the brand's pages."""
