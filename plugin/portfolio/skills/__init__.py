"""What the portfolio does in a conversation: the same forms and operations as its pages."""

from plugin.portfolio.skills import outcomes  # noqa: F401  (they register themselves)
