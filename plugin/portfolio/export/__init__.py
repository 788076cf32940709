"""A student's export of everything: gathered, checked byte by byte, packed, kept for a while."""
