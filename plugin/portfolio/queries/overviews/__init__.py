"""Reads of the overviews: everything of a student, the matrix of a class, the school's figures."""
