"""What a turn of the conversation costs, beside the page of the same form.

``python -m benchmarks.talk [--turns 200] [--outcomes 10000]``

One process, Flask's test client, SQLite on the disk. A student of a synthetic school
(`benchmarks.scale_rows`) hands in an outcome by talking, over and over: a sentence with several
values, an answer, a question in between, "undo", a correction, "cancel". The peer is the same
student opening the page of the same form (`/outcomes/new`), measured between the turns.

Told, and judged against SPEC §5 and what was asked of it: p95 of a turn (100 ms at most), the
median turn over the median page (3 at most: a turn understands a sentence, walks the form, keeps
the draft and two lines on the disk, and draws the answer), p95 of understanding alone (50 ms),
the seconds that loading the model takes (0.3) and the memory it takes (60 MB).
"""

import argparse
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path

from flask.testing import FlaskClient

from benchmarks.scale import Filler, _loader, make_app
from benchmarks.scale_rows import FIRST_SCHOOL, ORDINARY

TURNS = (
    "我要上傳課程學習成果，標題是水質調查，簡述是比較三個採樣點",
    "為什麼要問",
    "截止日是哪一天？",
    "標題改成河川水質調查",
    "復原",
    "取消",
)
SENTENCES = (
    "幫我上傳陳老師國文課的讀書心得，標題是赤壁賦心得，簡述是比較前後兩賦",
    "把課程學習成果上傳延到12月15日",
    "我們班誰還沒交",
    "產生高三的提交名冊",
    "今天天氣如何",
)
LIMITS = {
    "p95 of a turn, ms": 100.0,
    "median turn / median page": 3.0,
    "p95 of understanding, ms": 50.0,
    "loading the model, s": 0.3,
    "memory of the model, MB": 60.0,
}


def main() -> int:
    """Measure; 1 when a limit is passed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=int, default=200)
    parser.add_argument("--outcomes", type=int, default=10_000, help="of the database")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = measure(Path(folder), asked.turns, asked.outcomes)
    for name, value in found.items():
        limit = LIMITS.get(name)
        told = (
            "" if limit is None else f"   (at most {limit:g}{'' if value <= limit else ': MISSED'})"
        )
        print(f"{name:<28}{value:>10.2f}{told}")
    return int(any(found[name] > limit for name, limit in LIMITS.items()))


def measure(folder: Path, turns: int, outcomes: int) -> dict[str, float]:
    """All figures by name."""
    from plugin.assistant import understanding
    from plugin.assistant.understanding.train import train

    path = Path("var/assistant/model")
    train(path)
    app = make_app(folder)
    filler = Filler(app)
    filler.fill(outcomes)
    understanding.configure(path)
    before, began = _resident(), time.perf_counter()
    understanding.read("嗨", role="student", today=date(2026, 11, 18))
    loading, memory = time.perf_counter() - began, _resident() - before
    app.extensions["licheng.actor_loader"] = _loader(ORDINARY, FIRST_SCHOOL, ("student", 7))
    client = app.test_client()
    say = _talker(client)
    talked, opened = [], []
    for place in range(turns):
        talked.append(_timed(partial(say, TURNS[place % len(TURNS)])))
        opened.append(_timed(lambda: _ok(client.get("/outcomes/new").status_code)))
    read = [
        _timed(partial(understanding.read, one, role="student", today=date(2026, 11, 18)))
        for one in SENTENCES * 40
    ]
    return {
        "median turn, ms": statistics.median(talked) * 1e3,
        "median page, ms": statistics.median(opened) * 1e3,
        "p95 of a turn, ms": _p95(talked) * 1e3,
        "median turn / median page": statistics.median(talked) / statistics.median(opened),
        "p95 of understanding, ms": _p95(read) * 1e3,
        "loading the model, s": loading,
        "memory of the model, MB": memory,
    }


def _talker(client: FlaskClient) -> Callable[[str], None]:
    page = client.get("/assistant").text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    if token is None:
        sys.exit("the conversation's page carries no form")

    def say(words: str) -> None:
        data = {"csrf_token": token[1], "words": words}
        _ok(client.post("/assistant", data=data, headers={"X-Licheng-Chat": "1"}).status_code)

    return say


def _ok(status: int) -> None:
    if status != 200:
        sys.exit(f"answered {status}")


def _timed(what: Callable[[], object]) -> float:
    began = time.perf_counter()
    what()
    return time.perf_counter() - began


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20, method="inclusive")[-1]


def _resident() -> float:
    """Resident memory of this process in MB (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


if __name__ == "__main__":
    raise SystemExit(main())
