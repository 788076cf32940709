"""Reads dialogues: one YAML file a role or form, a list of dialogues in each.

A dialogue::

    - name: 一句話交出成果
      pattern: happy
      given: [certified 水質調查 化學]      # cast.py
      steps: |
        幫我上傳國文課的成果 → 課程：國語文（一） | 叫什麼名字
        <心得.pdf> → 放在「文件檔」
        [送出認證] → 已收到
      end: {outcomes: [赤壁賦心得 sent]}    # ends.py; without it nothing may have been changed

A line is what is said and, after →, what the answer holds (`|` between several, `!` what it must
not hold). `[label]` presses a button of the last answer, `[[label]]` one of an earlier answer;
`<a.pdf, b.mp3> words` hands files over; `@part` lets somebody else speak; `+2 days` passes;
`#page title=…; document=<a.pdf>` sends the form on its page; `(nothing)` is an empty line, `長*101`
one character many times, `say …` whatever would be taken for one of these; `= name` stands for the
lines of that name under `lines`. `cases` makes one dialogue of each of its mappings, whose words
replace `{name}`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Step:
    """One thing said or done, and what its answer must and must not hold."""

    does: str
    has: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Script:
    """One dialogue."""

    name: str
    pattern: str
    form: str
    part: str
    given: tuple[str, ...]
    steps: tuple[Step, ...]
    end: Mapping[str, Any]
    locale: str


def read_all(folder: Path = FOLDER) -> list[Script]:
    """Every dialogue of every file, in order."""
    found = [one for path in sorted(folder.glob("*.yaml")) for one in read(path)]
    names = [one.name for one in found]
    twice = {one for one in names if names.count(one) > 1}
    if twice:
        raise ValueError(f"two dialogues are called {sorted(twice)}")
    return found


def read(path: Path) -> Iterator[Script]:
    """The dialogues of one file."""
    whole = yaml.safe_load(path.read_text(encoding="utf-8"))
    lines = {name: text.splitlines() for name, text in whole.get("lines", {}).items()}
    for told in whole["dialogues"]:
        cases = told.get("cases") or [{}]
        for number, case in enumerate(cases, 1):
            one = _put(told, case)
            name = one["name"] + (f" {number}" if len(cases) > 1 else "")
            yield Script(
                f"{path.stem}: {name}",
                one["pattern"],
                one.get("form", whole["form"]),
                one.get("part", whole["part"]),
                tuple(one.get("given", whole.get("given", ()))),
                tuple(_steps(one["steps"].splitlines(), lines)),
                one.get("end", {}),
                one.get("locale", "zh_Hant_TW"),
            )


def _put(told: Any, case: Mapping[str, str]) -> Any:
    """The same with the words of a case in their places."""
    if isinstance(told, str):
        for name, words in case.items():
            told = told.replace("{" + name + "}", str(words))
        return told
    if isinstance(told, list):
        return [_put(one, case) for one in told]
    if isinstance(told, dict):
        return {key: _put(one, case) for key, one in told.items() if key != "cases"}
    return told


def _steps(told: list[str], lines: Mapping[str, list[str]]) -> Iterator[Step]:
    for line in told:
        does, _arrow, checks = line.partition(" → ")
        if does.startswith("= "):
            yield from _steps(lines[does[2:].strip()], lines)
            continue
        wanted = [one.strip() for one in checks.split(" | ") if one.strip()]
        yield Step(
            does.strip(),
            tuple(one for one in wanted if not one.startswith("!")),
            tuple(one[1:].strip() for one in wanted if one.startswith("!")),
        )
