"""Sound and film: readable by their tables, and as long as the tables say."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import mutagen
from mutagen.mp3 import MPEGInfo
from mutagen.mp4 import MP4

MAX_BOXES = 10_000
"""In one box; a film of an hour in fragments has some thousands."""


class Unreadable(Exception):
    """Not a whole MP3 or MP4; the message says at what."""


def mp3_seconds(path: Path) -> float:
    """Length of an MP3.

    :raises Unreadable: no chain of frames, or fewer bytes than its own header counts.
    """
    with path.open("rb") as stream:
        # The frames only: reading tags would unpack compressed ones without a bound.
        try:
            sound = MPEGInfo(stream)
        except (mutagen.MutagenError, ValueError, OverflowError) as error:
            raise Unreadable("frames") from error
        if sound.sketchy or sound.length <= 0:
            raise Unreadable("sketchy")
        counted = _counted_bytes(stream, sound.frame_offset)
    if counted is not None and path.stat().st_size - sound.frame_offset < counted:
        raise Unreadable("cut off")
    return float(sound.length)


def mp4_seconds(path: Path) -> float:
    """Length of an MP4 that holds film or sound.

    :raises Unreadable: a box runs over the end, no movie table, no track, no data.
    """
    size = path.stat().st_size
    with path.open("rb") as stream:
        boxes = dict.fromkeys(name for name, _, _ in _boxes(stream, 0, size))
        if b"moov" not in boxes or not boxes.keys() & {b"mdat", b"moof"}:
            raise Unreadable("boxes")
        handlers = set(_handlers(stream, size))
    if not handlers & {b"vide", b"soun"}:
        raise Unreadable("tracks")
    try:
        film = MP4(path)
    except (mutagen.MutagenError, ValueError, KeyError, OverflowError) as error:
        raise Unreadable("tables") from error
    return float(film.info.length) if film.info else 0.0


def _counted_bytes(stream: BinaryIO, frame_offset: int) -> int | None:
    """Bytes of sound that the encoder wrote into its Xing or Info header, if it has one."""
    stream.seek(frame_offset)
    frame = stream.read(192)
    at = max(frame.find(b"Xing"), frame.find(b"Info"))
    if at < 0 or len(frame) < at + 16:
        return None
    flags, *values = struct.unpack(">III", frame[at + 4 : at + 16])
    if not flags & 2:
        return None
    counted: int = values[1] if flags & 1 else values[0]
    return counted


def _boxes(stream: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """The boxes from `start` to `end`: name, begin and end of the content."""
    at, left = start, MAX_BOXES
    while at < end:
        left -= 1
        if not left:
            raise Unreadable("too many boxes")
        stream.seek(at)
        header = stream.read(16)
        if len(header) < 8:
            raise Unreadable("cut off")
        size, name = struct.unpack(">I4s", header[:8])
        content = at + 8
        if size == 1:
            if len(header) < 16:
                raise Unreadable("cut off")
            size, content = struct.unpack(">Q", header[8:])[0], at + 16
        elif size == 0:
            size = end - at
        if size < content - at or at + size > end:
            raise Unreadable("cut off")
        yield name, content, at + size
        at += size


def _handlers(stream: BinaryIO, size: int) -> Iterator[bytes]:
    """What each track is: `vide`, `soun` … (ISO/IEC 14496-12, 8.4.3)."""
    for begin, end in _inside(stream, 0, size, b"moov"):
        for track in _inside(stream, begin, end, b"trak"):
            for mdia in _inside(stream, *track, b"mdia"):
                for handler, _ in _inside(stream, *mdia, b"hdlr"):
                    stream.seek(handler + 8)
                    yield stream.read(4)


def _inside(stream: BinaryIO, start: int, end: int, wanted: bytes) -> Iterator[tuple[int, int]]:
    for name, begin, stop in list(_boxes(stream, start, end)):
        if name == wanted:
            yield begin, stop
