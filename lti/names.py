"""A person's name and language as an LMS sends them, read the way the person writes them."""

_LANGUAGES = {
    "zh": "zh-Hant-TW",
    "zh-tw": "zh-Hant-TW",
    "zh-hant": "zh-Hant-TW",
    "zh-hant-tw": "zh-Hant-TW",
    "zh-hant-hk": "zh-Hant-HK",
    "zh-hk": "zh-Hant-HK",
    "zh-mo": "zh-Hant-MO",
    "zh-cn": "zh-Hans-CN",
    "zh-hans": "zh-Hans-CN",
}


_CHINESE = {"zh", "cmn", "nan", "hak", "yue"}
"""Mandarin, Taiwanese, Hakka, Cantonese: written with the same characters."""


def display_name(name: str, given: str, family: str) -> str:
    """Family name first and no space for Chinese names, otherwise as sent.

    Moodle writes `name` in the order of the *viewer's* language ("怡君 吳" on an English page),
    so the parts are the only reliable source.
    """
    name, given, family = name.strip(), given.strip(), family.strip()
    if given and family and _is_han(family) and _is_han(given):
        return family + given
    return name or f"{given} {family}".strip()


def language_tag(locale: str) -> str:
    """BCP 47 tag of an LMS locale; "" when none was sent.

    Moodle sends its own codes (`zh_tw`, `en_us`): underscore and lower case.
    """
    parts = locale.strip().replace("_", "-").lower().split("-")
    tag = "-".join(parts)
    if tag in _LANGUAGES:
        return _LANGUAGES[tag]
    if not all(1 <= len(part) <= 8 and part.isascii() and part.isalnum() for part in parts):
        return ""  # RFC 5646 §2.1: no language is called that
    return "-".join([parts[0], *(p.upper() if len(p) == 2 else p.title() for p in parts[1:])])


def reads_chinese(tag: str) -> bool:
    """Whether a page in Chinese serves this reader better than one in English.

    :param tag: as `language_tag` gives it.
    """
    return tag.partition("-")[0].lower() in _CHINESE


def _is_han(text: str) -> bool:
    """Only Han characters (basic, compatibility, all extensions) and the 〇 used in names."""
    return all(
        "\u4e00" <= c <= "\u9fff"
        or "\u3400" <= c <= "\u4dbf"
        or "\uf900" <= c <= "\ufaff"
        or "\U00020000" <= c <= "\U0003ffff"
        or c == "〇"
        for c in text
    )
