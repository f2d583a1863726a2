"""The customer beside the timeline: who it is, where they can be reached, what was before."""
