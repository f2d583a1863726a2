"""Small parts that more than one feature draws with."""
