"""Where the LMS listens: one origin, or two where the mode keeps its sign-on apart."""

from __future__ import annotations

import threading

from flask import Flask
from werkzeug.serving import BaseWSGIServer, make_server

from lti.platform.core import Lms

LOOPBACK = "127.0.0.1"
POLL = 0.02
"""Seconds after which a server notices that it shall stop."""


class Doors:
    """The servers of one LMS, on 127.0.0.1; tells the LMS its addresses.

    Args:
        port: 0 picks a free one.
        sso_port: of the second origin, for modes that have one; 0 picks a free one.
    """

    def __init__(self, app: Flask, lms: Lms, port: int = 0, sso_port: int = 0) -> None:
        self._servers: list[BaseWSGIServer] = [make_server(LOOPBACK, port, app, threaded=True)]
        if lms.mode.own_sso:
            self._servers.append(make_server(LOOPBACK, sso_port, app, threaded=True))
        self._threads: list[threading.Thread] = []
        lms.listens_at(*(f"http://{LOOPBACK}:{server.server_port}" for server in self._servers))

    def start(self) -> None:
        """Serve in threads of their own."""
        for server in self._servers:
            thread = threading.Thread(target=server.serve_forever, args=(POLL,), daemon=True)
            thread.start()
            self._threads.append(thread)

    def serve(self) -> None:
        """Serve until ``close`` is called from another thread."""
        self.start()
        for thread in self._threads:
            thread.join()

    def close(self) -> None:
        """Stop serving and give the ports back."""
        for server in self._servers:
            server.shutdown()
            server.server_close()
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(timeout=5)
