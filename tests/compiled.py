"""What every application would compile anew is compiled once a test process: every test makes its
own application, and this took a third of the time of many."""

from __future__ import annotations

from collections.abc import Callable
from types import CodeType
from typing import Any

import sqlalchemy as sa
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.routing import Rule

from plugin import db


class InMemory(BytecodeCache):
    """Code objects by template; a changed source is compiled again."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[str, CodeType]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        checksum, code = self._kept.get(bucket.key, ("", None))
        if code is not None and checksum == bucket.checksum:
            bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._kept[bucket.key] = (bucket.checksum, bucket.code)


def once_a_process() -> None:
    """Let every application of this process share what is compiled."""
    Flask.jinja_options = {"bytecode_cache": InMemory()}
    _share_addresses()
    _share_statements()


def _share_addresses() -> None:
    """Functions that build addresses, by the rule that they build: they are methods of it and hold
    nothing of their own."""
    compile_builder: Callable[[Rule, bool], Any] = Rule._compile_builder
    kept: dict[tuple[Any, ...], Any] = {}

    def compiled(self: Rule, append_unknown: bool = True) -> Any:
        key = (self.rule, tuple(self._trace), repr(self.defaults), append_unknown)
        if key not in kept:
            kept[key] = compile_builder(self, append_unknown)
        return kept[key]

    Rule._compile_builder = compiled  # type: ignore[method-assign]


def _share_statements() -> None:
    """Compiled statements, by the kind of database: they belong to a dialect, so the engines of
    one kind have one dialect in common."""
    make_engine = db._engine
    kept: dict[str, sa.Engine] = {}

    def engine(url: str) -> sa.Engine:
        made = make_engine(url)
        first, own = kept.setdefault(made.name, made), made.dialect
        made.dialect = first.dialect
        if own is not first.dialect:
            # A dialect learns of its database at the first connection of the engine that it was
            # made for; the first engine may never have had one.
            @sa.event.listens_for(made.pool, "connect", once=True)
            def learnt(_connection: Any, _record: Any) -> None:
                if first.dialect.server_version_info is None:
                    vars(first.dialect).update(vars(own))

        made._compiled_cache = first._compiled_cache
        return made

    db._engine = engine
