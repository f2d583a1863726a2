"""Nouns and rules: values and pure functions, without I/O, a clock or a wire format."""
