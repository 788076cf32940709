"""A long JSON list read one element at a time, whatever its length.

Moodle answers with a whole course at once: thousands of members in one array. Reading that with
`json.loads` holds the text, the list and every member at the same time; here only the element at
hand and a piece of text are held.
"""

import codecs
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from lti.services.errors import ServiceError

LONGEST_VALUE = 256 * 1024
"""Characters of one element, or of a member of the object around the list. A roster entry has
some 300, and a few thousand with the messages of a resource link."""

_SPACE = re.compile(r"[ \t\n\r]*")
_NUMBER_GOES_ON = re.compile(r"(?:\.|[eE][+-]?)\Z")
"""What may follow a number where the text at hand ends: `-100.` is read as -100 and a point."""
_UNSTORABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def _refuse(_name: str) -> Any:
    """`NaN` and `Infinity`, which Python's reader would take."""
    raise ValueError


_SCAN = json.JSONDecoder(parse_constant=_refuse).raw_decode


def elements(pieces: Iterable[bytes], name: str = "") -> Iterator[dict[str, Any]]:
    """The objects of a list, as they arrive.

    :param name: the list is this member of a JSON object; "": the document is the list itself.
    :raises ServiceError: SERVICE_ANSWER_INVALID, also when the end of the document is missing:
        whoever concludes from an absence must have read to the end.
    """
    text = _Text(pieces)
    if name:
        yield from _member(text, name)
    else:
        yield from _list(text)
    if text.peek(end_allowed=True):
        raise _invalid("something after the end")


def _member(text: "_Text", name: str) -> Iterator[dict[str, Any]]:
    found = False
    text.expect("{")
    if text.take("}"):
        raise _invalid("the list is missing")
    while True:
        key = text.value()
        if not isinstance(key, str):
            raise _invalid("a name that is not text")
        text.expect(":")
        if key == name and not found:
            found = True
            yield from _list(text)
        else:
            text.value()
        if not text.take(","):
            break
    text.expect("}")
    if not found:
        raise _invalid("the list is missing")


def _list(text: "_Text") -> Iterator[dict[str, Any]]:
    text.expect("[")
    if text.take("]"):
        return
    while True:
        element = text.value()
        if not isinstance(element, dict):
            raise _invalid("a list entry that is not an object")
        yield element
        if not text.take(","):
            break
    text.expect("]")


class _Text:
    """Decoded text of which only the part not yet read is kept."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._decode = codecs.getincrementaldecoder("utf-8-sig")("strict")
        self._buffer = ""
        self._at = 0
        self._ended = False

    def peek(self, *, end_allowed: bool = False) -> str:
        """The next character that is not white space; "" at the end."""
        while True:
            match = _SPACE.match(self._buffer, self._at)
            self._at = match.end() if match else self._at
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            if not self._more():
                if end_allowed:
                    return ""
                raise _invalid("cut off")

    def take(self, mark: str) -> bool:
        """Go past `mark` if it comes next."""
        if self.peek() != mark:
            return False
        self._at += 1
        return True

    def expect(self, mark: str) -> None:
        if not self.take(mark):
            raise _invalid(f"no {mark}")

    def value(self) -> Any:
        """The next JSON value."""
        self.peek()
        while True:
            try:
                found, end = _SCAN(self._buffer, self._at)
            except json.JSONDecodeError:
                end = len(self._buffer)
            except (ValueError, RecursionError):
                raise _invalid("not JSON") from None
            if end < len(self._buffer) and not _NUMBER_GOES_ON.match(self._buffer, end):
                self._at = end
                return found
            # Cut off in the middle, or a number that may go on. What is simply wrong looks the
            # same and is told apart by not getting better.
            if len(self._buffer) - self._at > LONGEST_VALUE:
                raise _invalid("one entry is too long, or not JSON")
            if not self._more():
                raise _invalid("cut off, or not JSON")

    def _more(self) -> bool:
        """Take in some more text."""
        while not self._ended:
            piece = next(self._pieces, None)
            self._ended = piece is None
            try:
                text = self._decode.decode(piece or b"", final=self._ended)
            except UnicodeDecodeError:
                raise _invalid("not UTF-8") from None
            if text:
                self._buffer = self._buffer[self._at :] + text
                self._at = 0
                return True
        return False


def text_of(value: object, longest: int = 255) -> str:
    """A text to be read by people, shortened; "" for anything else and for what is much too long
    to be meant. Control characters and half characters, which no database takes, are left out;
    private-use characters stay: names are written with them."""
    if not isinstance(value, str) or len(value) > 4 * longest:
        return ""
    if not value.isprintable():
        value = _UNSTORABLE.sub("", value)
    return value.strip()[:longest]


def id_of(value: object) -> str:
    """An identifier exactly as sent, or as a number; "" for what cannot be one. Nothing is cut
    off or left out: two people must not become one."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**18:
        return str(value)
    if not isinstance(value, str) or len(value) > 255 or not value.strip():
        return ""
    return value if value.isprintable() or not _UNSTORABLE.search(value) else ""


def texts_of(value: object, most: int = 50) -> tuple[str, ...]:
    """The texts of a list; a text alone counts as a list of one."""
    entries = value if isinstance(value, list) else [value]
    return tuple(text for entry in entries[:most] if (text := text_of(entry)))


def _invalid(detail: str) -> ServiceError:
    return ServiceError("SERVICE_ANSWER_INVALID", detail)
