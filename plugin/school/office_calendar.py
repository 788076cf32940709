"""The school's own table of office days, when it has one."""

from __future__ import annotations

from plugin.school.office_days import Table


def table_of(school_id: int) -> Table:
    """Office days as they hold for a school: its own years, the law's holidays otherwise."""
    return Table()
