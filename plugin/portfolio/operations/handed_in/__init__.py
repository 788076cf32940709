"""The official books of outcomes and of experiences read back: compared, or kept of past years."""

from plugin.portfolio.operations.handed_in.bring import importables

__all__ = ["importables"]
