"""How pytest-xdist shares the tests out among its workers."""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling

TOGETHER = ("tests/journeys/",)
"""Folders whose tests share something expensive: all of them go to one worker."""


class ByFile(LoadScopeScheduling):
    """A file's tests stay together, for what its fixtures build once; so do some folders'."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return next((folder for folder in TOGETHER if file.startswith(folder)), file)
