"""Reads about receipts 收訖明細: sheets, disputes, figures, what the central side received."""

from plugin.portfolio.queries.receipts.disputes import (
    Dispute,
    disputes,
    open_count,
    open_disputes,
    open_ids,
    open_of_sheets,
)

__all__ = ["Dispute", "disputes", "open_count", "open_disputes", "open_ids", "open_of_sheets"]
