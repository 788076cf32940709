"""``python -m lti.platform``: the demo LMS as a process on 127.0.0.1."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
from pathlib import Path

from werkzeug.serving import make_server

from lti.platform.app import create_platform
from lti.platform.core import Lms


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """The command line of the demo LMS."""
    parser = argparse.ArgumentParser(prog="python -m lti.platform", description=__doc__)
    parser.add_argument("--port", type=int, default=8090, help="port on 127.0.0.1; 0 picks one")
    parser.add_argument("--var", type=Path, default=Path("var/lms"), help="where it remembers")
    parser.add_argument("--people", type=Path, help="JSON file of people and courses")
    parser.add_argument("--tool-url", default="http://localhost:8080", help="address of the tool")
    parser.add_argument("--faults", action="store_true", help="serve /_faults (tests only)")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT."""
    args = arguments(argv)
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    lms = Lms.open(args.var, base_url=f"http://127.0.0.1:{args.port}", people=args.people)
    app = create_platform(lms, tool_url=args.tool_url, faults_door=args.faults)
    server = make_server("127.0.0.1", args.port, app, threaded=True)
    lms.base_url = f"http://127.0.0.1:{server.server_port}"

    def stop(*_: object) -> None:
        threading.Thread(target=server.shutdown, daemon=True).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    print(f"ready {lms.base_url}", flush=True)
    server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
