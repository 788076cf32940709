"""Papers of the certification: what the office issues, as PDFs from plain data."""
