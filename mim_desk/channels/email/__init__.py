"""Email: IMAP in, SMTP submission out."""
