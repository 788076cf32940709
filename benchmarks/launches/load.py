"""Eight browsers at a time, and somebody who sends the same launch again."""

import socket
import threading
import time
from collections.abc import Callable

from benchmarks.harness import report_note, report_value

WARM_UP = 400
CONNECTIONS = 8
REPLAYS = 20


def measure(make: Callable[[int], bytes], port: int, status: int, launches: int) -> None:
    """Time `launches` good launches; then see how often one of them may be sent again.

    :param make: gives the n-th launch, logged in and signed, ready to be posted.
    :param status: what a good launch is answered with.
    """
    requests = [make(number) for number in range(launches + WARM_UP)]
    must_be(status, send(port, requests[:WARM_UP]))
    started = time.perf_counter()
    answers = send(port, requests[WARM_UP:])
    seconds = time.perf_counter() - started
    must_be(status, answers)
    again = send(port, [requests[-1]] * REPLAYS)
    raced = send(port, [make(launches + WARM_UP)] * REPLAYS)
    report_note(
        f"replays of a used launch accepted: {count(status, again)} of {REPLAYS}; "
        f"a new launch sent {REPLAYS} times at once accepted: {count(status, raced)}"
    )
    report_value(launches / seconds)


def count(status: int, answers: list[bytes]) -> int:
    """How many answers have this status."""
    return sum(answer.startswith(b"HTTP/1.1 %d" % status) for answer in answers)


def must_be(status: int, answers: list[bytes]) -> None:
    """:raises RuntimeError: a launch was refused."""
    if count(status, answers) != len(answers):
        wrong = next(one for one in answers if not count(status, [one]))
        raise RuntimeError(f"a good launch was refused: {wrong[:2000]!r}")


def send(port: int, requests: list[bytes]) -> list[bytes]:
    """Send all, eight connections at a time; the answers in the order of their coming."""
    waiting = iter(requests)
    lock = threading.Lock()
    answers: list[bytes] = []

    def work() -> None:
        while True:
            with lock:
                request = next(waiting, None)
            if request is None:
                return
            answers.append(exchange(port, request))

    threads = [threading.Thread(target=work) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(answers) != len(requests):
        raise RuntimeError(f"{len(requests) - len(answers)} launches got no answer")
    return answers


def exchange(port: int, request: bytes) -> bytes:
    """One request on a connection of its own, as the frame of one browser makes it."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(request)
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
        return b"".join(parts)
