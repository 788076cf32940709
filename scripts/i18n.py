"""The words of the product and their English.

    python scripts/i18n.py update     collect the words into translations/*/LC_MESSAGES/messages.po
    python scripts/i18n.py compile    compile what is newer than its .mo
    python scripts/i18n.py check      say what is missing; exit code 1 if anything is

The source language is Traditional Chinese and needs no catalogue.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
TRANSLATIONS = ROOT / "translations"
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "_l": None,
    "_n": (1, 2),
    "lazy_gettext": None,
    "lazy_ngettext": (1, 2),
}
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|(?<!%)\{(\w+)\}|%%")
HAN = re.compile(r"[\u3400-\u9fff]")


def mapping() -> tuple[list[tuple[str, str]], dict[str, dict[str, str]]]:
    """babel.cfg as Babel wants it."""
    from babel.messages.frontend import parse_mapping_cfg

    with (ROOT / "babel.cfg").open(encoding="utf-8") as lines:
        return parse_mapping_cfg(lines)


def collect() -> Catalog:
    """Every word for people in the repository, as a template catalogue."""
    methods, options = mapping()
    found = Catalog(project="licheng", charset="utf-8")
    for name, line, text, comments, context in extract_from_dir(
        str(ROOT), methods, options, keywords=KEYWORDS, comment_tags=("NOTE:",)
    ):
        found.add(text, None, [(name, line)], auto_comments=comments, context=context)
    return found


def catalogues() -> list[Path]:
    """The .po files, in order."""
    return sorted(TRANSLATIONS.glob("*/LC_MESSAGES/messages.po"))


def read(path: Path) -> Catalog:
    """A catalogue from its file; the folder names the language."""
    with path.open("rb") as source:
        return read_po(source, locale=path.parent.parent.name, domain="messages")


def update() -> None:
    """Bring every catalogue up to date; words no longer used are dropped."""
    template = collect()
    for path in catalogues():
        catalogue = read(path)
        catalogue.update(template, no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        with path.open("wb") as target:
            write_po(
                target,
                catalogue,
                width=100,
                no_location=True,
                omit_header=True,
                sort_output=True,
                ignore_obsolete=True,
                include_lineno=False,
            )
        print(f"i18n: {path.relative_to(ROOT)}: {len(catalogue)} messages")


def compile_all() -> Iterator[Path]:
    """Compile the catalogues that are newer than their .mo; yields what was written."""
    for path in catalogues():
        target = path.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= path.stat().st_mtime_ns:
            continue
        part = target.with_suffix(".part")
        with part.open("wb") as output:
            write_mo(output, read(path), use_fuzzy=False)
        part.replace(target)
        yield target


def texts(message: Message) -> list[tuple[str, str]]:
    """(source, translation) pairs of a message; a plural gives one pair for each form."""
    if isinstance(message.id, list | tuple):
        forms = message.string if isinstance(message.string, list | tuple) else [message.string]
        return [(str(message.id[-1]), str(one or "")) for one in forms]
    return [(str(message.id), str(message.string or ""))]


def faults(catalogue: Catalog) -> Iterator[str]:
    """What is wrong with a catalogue, one line each."""
    for message in catalogue:
        if not message.id:
            continue
        for source, translation in texts(message):
            if not translation or message.fuzzy:
                yield f"not translated: {source}"
            elif placeholders(source) != placeholders(translation):
                yield f"placeholders differ: {source} → {translation}"
            elif catalogue.locale_identifier == "en" and HAN.search(without_name(translation)):
                yield f"Chinese left in English: {translation}"


def placeholders(text: str) -> list[str]:
    """Names that are filled in, sorted."""
    return sorted(match.group(0) for match in PLACEHOLDER.finditer(text))


def without_name(text: str) -> str:
    """The text without the product's own name as an LMS shows it."""
    return text.replace("歷程 Licheng", "")


def missing(catalogue: Catalog, template: Catalog) -> Iterator[str]:
    """Words in the code that the catalogue does not know."""
    for message in template:
        if message.id and catalogue.get(message.id, message.context) is None:
            yield f"not in the catalogue: {texts(message)[0][0]}"


def check() -> int:
    """Print every fault of every catalogue; number of faults."""
    template, count = collect(), 0
    for path in catalogues():
        catalogue = read(path)
        for fault in [*missing(catalogue, template), *faults(catalogue)]:
            print(f"i18n: {path.parent.parent.name}: {fault}")
            count += 1
    return count


def main() -> int:
    """Command line entry; returns the exit code."""
    parser = argparse.ArgumentParser(description="Words and their translations.")
    parser.add_argument("what", choices=("update", "compile", "check"))
    what = parser.parse_args().what
    if what == "update":
        update()
    elif what == "compile":
        for path in compile_all():
            print(f"i18n: compiled {path.relative_to(ROOT)}")
    elif check():
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
