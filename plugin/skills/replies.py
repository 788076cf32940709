"""What is answered in a conversation: plain parts that can be kept, drawn and read aloud.

Links name an endpoint and its arguments, never an address: where cookies are blocked an address
carries the session, and what is kept for another day must not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

Text = Any
"""str, or a lazy string."""


@dataclass(frozen=True)
class Part:
    """One part of a reply; `kind` names it where it is kept."""

    kind: ClassVar[str] = ""


@dataclass(frozen=True)
class Say(Part):
    """A sentence or two. Blank lines part paragraphs.

    :param tone: "", hint, good, warning or error; the last is read out at once.
    """

    kind: ClassVar[str] = "say"
    text: Text
    tone: str = ""


@dataclass(frozen=True)
class Link(Part):
    """A way to a page of the product, or to a download."""

    kind: ClassVar[str] = "link"
    label: Text
    endpoint: str
    args: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Button(Part):
    """Something to press instead of typing: pressing it says `say`.

    :param token: of a confirmation: what exactly is confirmed.
    """

    kind: ClassVar[str] = "button"
    label: Text
    say: Text
    token: str = ""
    primary: bool = False


@dataclass(frozen=True)
class Table(Part):
    """A short table. A cell is words or a `Link`.

    :param rows: as many as fit a conversation (`SHOWN`); `total` tells how many there are.
    :param more: the page that has them all.
    """

    kind: ClassVar[str] = "table"
    SHOWN: ClassVar[int] = 10
    caption: Text
    columns: Sequence[Text]
    rows: Sequence[Sequence[Any]]
    total: int | None = None
    more: Link | None = None


@dataclass(frozen=True)
class Facts(Part):
    """Names and values, one below the other: a summary to check, a receipt.

    :param rows: (name, value, what to say to change it or "").
    """

    kind: ClassVar[str] = "facts"
    rows: Sequence[tuple[Text, Text, Text]]
    caption: Text = ""


@dataclass(frozen=True)
class Bars(Part):
    """A small bar chart; whoever would rather read finds the figures beside it.

    :param bars: (label, value, the most it could be or None).
    """

    kind: ClassVar[str] = "bars"
    caption: Text
    bars: Sequence[tuple[Text, float, float | None]]
    unit: Text = ""


@dataclass(frozen=True)
class Progress(Part):
    """A job in the queue of the person who reads this; ends in `link`."""

    kind: ClassVar[str] = "progress"
    job_id: int
    label: Text
    link: Link | None = None


@dataclass(frozen=True)
class AskFile(Part):
    """A file may be handed over now.

    :param accept: media types.
    """

    kind: ClassVar[str] = "ask_file"
    label: Text
    accept: Sequence[str] = ()
    max_bytes: int | None = None


PARTS: dict[str, type[Part]] = {
    one.kind: one for one in (Say, Link, Button, Table, Facts, Bars, Progress, AskFile)
}


@dataclass(frozen=True)
class Reply:
    """An answer, part by part in reading order."""

    parts: tuple[Part, ...] = ()

    def __add__(self, other: Reply) -> Reply:
        return Reply((*self.parts, *other.parts))

    @property
    def words(self) -> str:
        """What a person hears of it, without tables."""
        return "\n".join(str(one.text) for one in self.parts if isinstance(one, Say))


def reply(*parts: Part | Text) -> Reply:
    """A reply of parts; bare words become a sentence."""
    return Reply(tuple(one if isinstance(one, Part) else Say(one) for one in parts))


def pack(one: Reply) -> list[dict[str, Any]]:
    """The reply as JSON, its words in the language of now."""
    return [{"kind": part.kind, **_plain(asdict(part))} for part in one.parts]


def unpack(kept: Sequence[Mapping[str, Any]]) -> Reply:
    """Undo `pack`; parts of a kind that is no longer known are left out."""
    return Reply(tuple(_part(one) for one in kept if one.get("kind") in PARTS))


def _part(kept: Mapping[str, Any]) -> Part:
    values = {name: value for name, value in kept.items() if name != "kind"}
    if values.get("more"):
        values["more"] = Link(**values["more"])
    if kept["kind"] == Progress.kind and values.get("link"):
        values["link"] = Link(**values["link"])
    if kept["kind"] == Table.kind:
        values["rows"] = [[_cell(cell) for cell in row] for row in values["rows"]]
    return PARTS[kept["kind"]](**values)


def _cell(kept: Any) -> Any:
    return Link(**kept) if isinstance(kept, Mapping) else kept


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return str(value)
