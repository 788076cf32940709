"""One work of the pool, as `works.yaml` tells of it."""

from __future__ import annotations

from dataclasses import dataclass, field

_NOT_IN_NAMES = str.maketrans(dict.fromkeys('/\\:*?"<>|', "_"))


@dataclass(frozen=True)
class Work:
    """One work of the pool."""

    key: str
    subject: str
    kind: str
    title: str
    summary: str
    layout: str = ""
    drawing: str = ""
    parts: dict[str, str] = field(default_factory=dict)
    table: list[list[str]] = field(default_factory=list)
    series: list[float] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    unit: str = ""
    diary: bool = True
    """Whether a table of weeks closes the paper."""

    @property
    def slot(self) -> str:
        """What it is handed in as."""
        return "media" if self.kind in {"mp3", "mp4"} else "document"

    @property
    def file_name(self) -> str:
        return f"{self.title.translate(_NOT_IN_NAMES)}.{self.kind}"
