"""The composer: replies and notes, canned replies, drafts, files, held replies."""
