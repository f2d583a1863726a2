"""What several adapters need: reading answers and signatures, still without I/O."""
