"""File sizes as people read them."""

from __future__ import annotations

KIB = 1024
MIB = 1024 * 1024


def file_size(size: int) -> str:
    """`2.0 MB`, `512 KB`, `37 bytes`; 1 MB is 1,048,576 bytes, as in every limit.

    Rounded so that a file over a limit never reads as the limit: 2,097,153 is 2.01 MB.
    """
    if size < KIB:
        return f"{size} bytes"
    if size < MIB:
        return f"{-(-size // KIB)} KB" if size <= 1023 * KIB else "1.0 MB"
    hundredths = -(-size * 100 // MIB)
    whole, part = divmod(hundredths, 100)
    return f"{whole}.{part // 10} MB" if part % 10 == 0 else f"{whole}.{part:02d} MB"
