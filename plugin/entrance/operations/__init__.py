"""Verbs of the entrance, one module a subject."""
