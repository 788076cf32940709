"""Verbs of the services room; the only code of it that changes anything."""
