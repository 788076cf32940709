"""Addresses of the front-end files that scripts/assets.py lays out."""

from __future__ import annotations

import json
from pathlib import Path

PREFIX = "/static/"

IMMUTABLE = r"^/static/[0-9a-f]{12}/"
"""URLs that never change their content; for WhiteNoise's `immutable_file_test`."""


class AssetMissing(LookupError):
    """A page asks for a front-end file that was not built; run scripts/assets.py."""

    code = "assets.missing"


class Assets:
    """The manifest of one static folder, read again when it is replaced."""

    def __init__(self, static: Path) -> None:
        self.manifest = static / "manifest.json"
        self._names: dict[str, str] = {}
        self._read_at = -1

    def url(self, name: str) -> str:
        """`/static/<hash>/licheng.css` for `licheng.css`.

        Without the application's prefix: that holds the session of a launch, and a stylesheet
        must be the same address for everybody.

        Raises:
            AssetMissing: nothing of that name was built.
        """
        try:
            changed = self.manifest.stat().st_mtime_ns
            if changed != self._read_at:
                self._names = json.loads(self.manifest.read_text(encoding="utf-8"))
                self._read_at = changed
            return PREFIX + self._names[name]
        except (FileNotFoundError, KeyError) as error:
            raise AssetMissing(f"{name} is not in static/: run scripts/assets.py") from error
