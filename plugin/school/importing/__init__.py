"""School data in: rows of a file become rows of the school, checked, previewed, all or nothing.

What can be brought in is data: rooms register an `Importable` for each sheet they know.
`definition` says how; begin reading there.
"""

from plugin.school.importing.definition import (
    Action,
    Change,
    Column,
    Context,
    Current,
    Fault,
    Gone,
    Importable,
    Key,
    Row,
    Sheet,
    Value,
    columns_of,
    importable,
    importables,
    register,
)

__all__ = [
    "Action",
    "Change",
    "Column",
    "Context",
    "Current",
    "Fault",
    "Gone",
    "Importable",
    "Key",
    "Row",
    "Sheet",
    "Value",
    "columns_of",
    "importable",
    "importables",
    "register",
]
