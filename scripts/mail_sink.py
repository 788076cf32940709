"""A mail server that delivers nothing: every message becomes an .eml file.

python -m scripts.mail_sink PORT FOLDER
"""

from __future__ import annotations

import itertools
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller


class Keep:
    """Writes each accepted message to the folder: 000001.eml, 000002.eml, …"""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        last = max((int(p.stem) for p in folder.glob("*.eml") if p.stem.isdigit()), default=0)
        self._folder, self._numbers = folder, itertools.count(last + 1)

    async def handle_DATA(  # noqa: N802 - the name aiosmtpd calls
        self, _server: Any, _session: Any, envelope: Any
    ) -> str:
        path = self._folder / f"{next(self._numbers):06}.eml"
        part = path.with_suffix(".part")
        part.write_bytes(envelope.content)
        part.replace(path)
        print(f"kept {path.name} for {', '.join(envelope.rcpt_tos)}", flush=True)
        return "250 kept"


def main(port: int, folder: Path) -> int:
    """Serve on 127.0.0.1 until SIGTERM or SIGINT."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    controller = Controller(Keep(folder), hostname="127.0.0.1", port=port)
    controller.start()
    print(f"ready {port}", flush=True)
    stop.wait()
    controller.stop()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]), Path(sys.argv[2])))
