"""Receipt packages as the central side might make them: AES, ZipCrypto, or without a password."""

from __future__ import annotations

import hashlib
import io
import json
import os
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

import pyzipper

PASSWORD = "receipt-2026"


def listed(files: Mapping[str, bytes], kind: str = "sha256") -> bytes:
    """SHA.txt over some files."""
    lines = [f"{hashlib.new(kind, content).hexdigest()}  {name}" for name, content in files.items()]
    return "\r\n".join(lines).encode()


def packed(files: Mapping[str, bytes], password: str = PASSWORD, sha: bytes | None = None) -> bytes:
    """A package with WinZip AES; without password a plain one."""
    out = io.BytesIO()
    members = {**files, "SHA.txt": listed(files) if sha is None else sha}
    if not password:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
            for name, content in members.items():
                package.writestr(name, content)
        return out.getvalue()
    with pyzipper.AESZipFile(
        out, "w", compression=pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES
    ) as package:
        package.setpassword(password.encode())
        for name, content in members.items():
            package.writestr(name, content)
    return out.getvalue()


def as_json(said: Any, *, bom: bool = False) -> bytes:
    text = json.dumps(said, ensure_ascii=False).encode()
    return b"\xef\xbb\xbf" + text if bom else text


def zipcrypto(files: Mapping[str, bytes], password: str = PASSWORD) -> bytes:
    """A package with the old encryption (APPNOTE.TXT 6.3, §6.1), which our libraries only read."""
    members = {**files, "SHA.txt": listed(files)}
    body, directory = b"", b""
    for name, content in members.items():
        crc = zlib.crc32(content)
        data = _encrypt(os.urandom(11) + bytes([crc >> 24]) + content, password.encode())
        label = name.encode()
        common = struct.pack(
            "<HHHHHIIIHH", 20, 0x801, 0, 0, 0x21, crc, len(data), len(content), len(label), 0
        )
        directory += (
            b"PK\x01\x02" + struct.pack("<H", 20) + common
            + struct.pack("<HHHII", 0, 0, 0, 0, len(body)) + label
        )  # fmt: skip
        body += b"PK\x03\x04" + common + label + data
    end = struct.pack("<HHHHIIH", 0, 0, len(members), len(members), len(directory), len(body), 0)
    return body + directory + b"PK\x05\x06" + end


def _encrypt(content: bytes, password: bytes) -> bytes:
    table = [_step(one) for one in range(256)]
    keys = [0x12345678, 0x23456789, 0x34567890]

    def update(byte: int) -> None:
        keys[0] = (keys[0] >> 8) ^ table[(keys[0] ^ byte) & 0xFF]
        keys[1] = ((keys[1] + (keys[0] & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = (keys[2] >> 8) ^ table[(keys[2] ^ (keys[1] >> 24)) & 0xFF]

    for byte in password:
        update(byte)
    out = bytearray()
    for byte in content:
        held = keys[2] | 2
        out.append(byte ^ (((held * (held ^ 1)) >> 8) & 0xFF))
        update(byte)
    return bytes(out)


def _step(one: int) -> int:
    for _bit in range(8):
        one = (one >> 1) ^ 0xEDB88320 if one & 1 else one >> 1
    return one
