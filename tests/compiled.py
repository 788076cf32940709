"""Templates are compiled once a test process, not once an application: every test makes its own
application, and compiling its pages anew took a third of the time of many."""

from __future__ import annotations

from types import CodeType

from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache


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
    """Let every Flask application of this process share what is compiled."""
    Flask.jinja_options = {"bytecode_cache": InMemory()}
