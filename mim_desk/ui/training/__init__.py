"""Training: a new agent practises in a throw-away workspace and sees how quickly they answer."""
