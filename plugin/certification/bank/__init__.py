"""The bank's files: which column is which, what a row says, whose fee it pays. Nothing is written
here; `operations.bank_taking` takes what is found."""
