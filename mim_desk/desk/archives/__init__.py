"""Old chats from files: what each kind of export says, read without trusting it."""
