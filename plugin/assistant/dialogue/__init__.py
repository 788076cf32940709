"""One turn of a conversation: what was said, where the forms stand, what is answered."""
