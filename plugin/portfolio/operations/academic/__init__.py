"""Changes of basic data, officer posts and course records, and of the reports of errors."""
