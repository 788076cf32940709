"""What people typed, made fit for print without hiding anything.

Control and direction characters can make a printed line say something else than the record
(``exe.fdp`` shown as ``pdf.exe``), so they are shown as ``[U+202E]`` instead of being dropped.
"""

import re
import unicodedata

SPACES = re.compile("[\t\n\v\f\r\x85\u2000-\u200a\u2028\u2029\u202f\u205f]")
INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2"
    "\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e007f]"
)
ODD = re.compile(f"{SPACES.pattern[:-1]}{INVISIBLE.pattern[1:]}")
MARKS = "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u3099\u309a\ufe20-\ufe2f"
SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
JOINED = re.compile(f"[{MARKS}{SELECTORS}]")
CLUSTER = re.compile(f".[{MARKS}{SELECTORS}]*", re.DOTALL)


def code_label(char: str) -> str:
    """``[U+202E]``: how a character is printed that has no shape of its own."""
    return f"[U+{ord(char):04X}]"


def printable(text: str) -> str:
    """``text`` with white space as blanks and every invisible character shown by its code."""
    if not ODD.search(text):
        return text
    return INVISIBLE.sub(lambda match: code_label(match[0]), SPACES.sub(" ", text))


def invisible_in(text: str) -> list[str]:
    """The characters of ``text`` that :func:`printable` shows by code."""
    return INVISIBLE.findall(text)


def clusters(text: str) -> list[str]:
    """Letters with the marks and variation selectors that belong to them."""
    if not JOINED.search(text):
        return list(text)
    return [
        unicodedata.normalize("NFC", part) if len(part) > 1 else part
        for part in CLUSTER.findall(text)
    ]
