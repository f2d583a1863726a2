"""Comments at the posts of one Facebook Page."""
