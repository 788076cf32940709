"""Verbs of an import: `asked` by the registry, `queued` for the worker, `applying` the rows."""

from plugin.school.importing.operations._own import context_of, last_applied
from plugin.school.importing.operations.asked import (
    APPLY,
    ARGS,
    CHECK,
    KINDS,
    SLOT,
    UNDO,
    apply,
    cancel,
    check_again,
    give_up,
    receive,
    start,
    undo,
)
from plugin.school.importing.operations.queued import (
    begin_check,
    end_check,
    keep_batch,
    put_off,
    refuse,
    take_back,
    write,
)

__all__ = [
    "APPLY",
    "ARGS",
    "CHECK",
    "KINDS",
    "SLOT",
    "UNDO",
    "apply",
    "begin_check",
    "cancel",
    "check_again",
    "context_of",
    "end_check",
    "give_up",
    "keep_batch",
    "last_applied",
    "put_off",
    "receive",
    "refuse",
    "start",
    "take_back",
    "undo",
    "write",
]
