"""LINE Official Accounts over the Messaging API."""
