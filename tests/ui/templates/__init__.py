"""The template picker."""
