"""The channel ``matrix``: a user of a Matrix homeserver, asked by long polling; through bridges other networks too."""
