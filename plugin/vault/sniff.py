"""What a file is, told by its first bytes, never by its name."""

from __future__ import annotations

import struct
from typing import BinaryIO

HEAD = 4096
"""Bytes from the beginning that are looked at."""

VIDEO_BRANDS = frozenset(
    b"isom iso2 iso3 iso4 iso5 iso6 iso7 iso8 iso9 mp41 mp42 mp71 avc1 dash MSNV M4V "
    b"M4VH M4VP f4v XAVC mmp4 MP4".split()
)
"""Major brands of `ftyp` that make an MP4 (ISO/IEC 14496-12 and -14, mp4ra.org)."""

_HEIF_BRANDS = frozenset(b"heic heix heim heis hevc hevx mif1 msf1 avif avis".split())
_AUDIO_BRANDS = frozenset(b"M4A M4B M4P F4A F4B".split())
_PHONE_BRANDS = (b"3gp", b"3g2", b"3ge", b"3gg", b"3gs")

_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", "png"),
    (0, b"\xff\xd8\xff", "jpg"),
    (0, b"GIF8", "gif"),
    (0, b"BM", "bmp"),
    (0, b"II*\x00", "tiff"),
    (0, b"MM\x00*", "tiff"),
    (8, b"WEBP", "webp"),
    (8, b"WAVE", "wav"),
    (8, b"AVI ", "avi"),
    (0, b"\x1aE\xdf\xa3", "webm"),
    (0, b"OggS", "ogg"),
    (0, b"fLaC", "flac"),
    (0, b"#!AMR", "amr"),
    (0, b"0&\xb2u\x8ef\xcf\x11", "wmv"),
    (0, b"FLV", "flv"),
    (0, b"Rar!", "archive"),
    (0, b"7z\xbc\xaf'\x1c", "archive"),
    (0, b"\x1f\x8b", "archive"),
    (0, b"MZ", "program"),
    (0, b"\x7fELF", "program"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "office"),
    (0, b"{\\rtf", "office"),
)


def kind(stream: BinaryIO) -> str:
    """A short name of the content's type.

    `pdf jpg png mp3 mp4` are what forms take; `heic mov m4a docx …` are told apart because
    people need to hear how to convert them; `unknown` is everything else.
    """
    head = stream.read(HEAD)
    # Some programs write a byte-order mark or blank lines first; nothing else may stand there,
    # or a web page with a PDF behind it would pass.
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"%PDF-"):
        return "pdf"
    if head[4:8] == b"ftyp" and len(head) >= 16:
        return _of_brand(head)
    if head[4:8] in {b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}:
        return "mov"  # QuickTime before ftyp was invented
    for offset, magic, name in _MAGIC:
        if head[offset : offset + len(magic)] == magic:
            if offset == 8 and head[:4] != b"RIFF":
                continue
            return name
    if head[:4] == b"PK\x03\x04":
        return _of_zip(stream, head)
    if head[:3] == b"ID3" or _is_mpeg_audio(head):
        return "mp3"
    if head[:2] in {b"\xff\xf1", b"\xff\xf9"}:
        return "aac"
    return _of_text(head)


def _of_brand(head: bytes) -> str:
    size = struct.unpack(">I", head[:4])[0]
    major = head[8:12].rstrip(b" \x00")
    others = {head[i : i + 4].rstrip(b" \x00") for i in range(16, min(size, len(head)), 4)}
    if major in _HEIF_BRANDS:
        return "heic"
    if major in _AUDIO_BRANDS:
        return "m4a"
    if major == b"qt":
        return "mov"
    if major.startswith(_PHONE_BRANDS):
        return "3gp"
    if major in VIDEO_BRANDS or others & VIDEO_BRANDS:
        return "mp4"
    return "unknown"


def _of_zip(stream: BinaryIO, head: bytes) -> str:
    stream.seek(0, 2)
    stream.seek(max(0, stream.tell() - 65536))
    listing = head + stream.read(65536)  # the names stand again in the directory at the end
    if b"word/" in listing:
        return "docx"
    if b"ppt/" in listing:
        return "pptx"
    if b"xl/" in listing:
        return "xlsx"
    if b"mimetypeapplication/vnd.oasis.opendocument" in listing:
        return "odf"
    if b"Index/Document.iwa" in listing or b"preview.jpg" in listing:
        return "iwork"
    return "archive"


def _is_mpeg_audio(head: bytes) -> bool:
    """A frame header of MPEG 1, 2 or 2.5, layer III (ISO/IEC 11172-3, 2.4.1.3)."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    bitrate, rate = head[2] >> 4, head[2] >> 2 & 3
    return version != 1 and layer == 1 and bitrate not in {0, 15} and rate != 3


def _of_text(head: bytes) -> str:
    lowered = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if lowered.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<script")):
        return "html"
    if b"<html" in lowered:
        return "html"
    if lowered.startswith((b"<?xml", b"<svg")):
        return "svg" if b"<svg" in lowered else "text"
    if b"\x00" not in head and head:
        try:
            head[: len(head) - 3].decode()
        except UnicodeDecodeError:
            return "unknown"
        return "text"
    return "unknown"
