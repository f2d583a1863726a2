"""The channel ``rcs``: RCS Business Messaging of Google, for a brand's verified sender."""
