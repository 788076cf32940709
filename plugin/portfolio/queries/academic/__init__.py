"""Reads of basic data, officer posts and course records."""
