"""Reads about packages from and to other schools."""
