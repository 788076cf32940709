"""``python -m lti.platform``: the demo LMS as a process on 127.0.0.1."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
from pathlib import Path

from lti.platform.app import create_platform
from lti.platform.core import Lms
from lti.platform.doors import Doors
from lti.platform.modes import DEFAULT, MODES


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """The command line of the demo LMS."""
    parser = argparse.ArgumentParser(prog="python -m lti.platform", description=__doc__)
    parser.add_argument("--port", type=int, default=8090, help="port on 127.0.0.1; 0 picks one")
    parser.add_argument("--sso-port", type=int, default=0, help="port of the second origin")
    parser.add_argument("--mode", choices=MODES, default=DEFAULT, help="platform it acts as")
    parser.add_argument("--issuer", default="", help="another shared issuer than the mode's own")
    parser.add_argument("--var", type=Path, default=Path("var/lms"), help="where it remembers")
    parser.add_argument("--people", type=Path, help="JSON file of people and courses")
    parser.add_argument("--tool-url", default="http://localhost:8080", help="address of the tool")
    parser.add_argument("--faults", action="store_true", help="serve /_faults (tests only)")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT."""
    args = arguments(argv)
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    lms = Lms.open(
        args.var,
        base_url="http://127.0.0.1",
        people=args.people,
        mode=args.mode,
        issuer=args.issuer,
    )
    app = create_platform(lms, tool_url=args.tool_url, faults_door=args.faults)
    doors = Doors(app, lms, args.port, args.sso_port)

    def stop(*_: object) -> None:
        threading.Thread(target=doors.close, daemon=True).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    print(f"ready {lms.base_url} {lms.sso_url}", flush=True)
    doors.serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
