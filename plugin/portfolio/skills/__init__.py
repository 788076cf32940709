"""What the portfolio does in a conversation: the same forms and operations as its pages."""

from plugin.portfolio.skills import outcomes, selection  # noqa: F401  (they register themselves)
