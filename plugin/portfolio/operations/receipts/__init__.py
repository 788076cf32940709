"""The verbs of receipts 收訖明細: sheets are opened, confirmed, disputed, answered, compared."""
