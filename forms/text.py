"""Text as it is counted and kept: the same in browser, server, conversation and sheet.

The limit of a summary counts Unicode code points after NFC and trimming, a line break as 1; the
length of an essay counts what is neither punctuation nor symbol nor white space.
`assets/js/counter.js` holds the twins of these functions; a test runs the two side by side.
"""

from __future__ import annotations

import re
import unicodedata

# Unicode White_Space and the byte order mark. Written out because str.strip() of Python and
# trim() of JavaScript do not take away the same characters.
TRIMMED = (
    "\t\n\x0b\x0c\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008"
    "\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
)

_LINE_BREAK = re.compile(r"\r\n?")


def normalise(text: str) -> str:
    """The text as it is stored: line breaks as LF, NFC, white space at both ends removed.

    A browser posts each line break of a textarea as CR LF (HTML, "form submission algorithm").
    """
    return unicodedata.normalize("NFC", _LINE_BREAK.sub("\n", text)).strip(TRIMMED)


def count_points(text: str) -> int:
    """Number of Unicode code points of the normalised text; 𤧟 counts 1, a line break counts 1."""
    return len(normalise(text))


_UNCOUNTED = frozenset("PSZM")
"""First letters of the general categories that an essay's length leaves out."""
_PICTURES = range(0x1F000, 0x1FC00)
"""Pictographs, also those that a Unicode version older than the browser's does not know."""


def count_letters(text: str) -> int:
    """Number of characters without punctuation, symbols and white space (不含標點符號及空白).

    Letters, digits and Chinese characters count 1 each; marks that stand on another character
    and invisible characters count nothing.
    """
    return sum(_counts(one) for one in normalise(text))


def _counts(one: str) -> bool:
    kind = unicodedata.category(one)
    return kind[0] not in _UNCOUNTED and kind not in {"Cc", "Cf"} and ord(one) not in _PICTURES
