"""LTI launches per second of the whole application, against two others in one run.

``python -m benchmarks.launch [--launches 3000] [--rounds 3]``

All sides: gunicorn, two sync workers, the same recorded Moodle claims signed RS256, eight
connections at a time, key sets warm. Logins are made before, over HTTP; only the launch POST is
timed, and each answer is looked at. Then a used launch is sent twenty times more, and a new one
twenty times at once: how many were accepted is printed for every side.

Ours verifies, knows schools, people and courses, and stores a used login, a session and a log
line, in SQLite on the disk. Its launch transaction does not wait for the disk
(`synchronous=NORMAL`; docs/decisions/0002 says why a launch may and nothing else may).

1. `launch`: PyLTI1p3 as its documentation shows it, with a file cache on tmpfs and its public-key
   caching switched on. It checks less: it takes the same token any number of times, needs neither
   `exp` nor `iat`, knows no schools, and stores no person and no log.
2. `launch_raw`: a bare WSGI application without any framework, which verifies RS256 with a key
   object made once and inserts one durable row (SQLite, WAL, `synchronous=FULL`). What a whole
   application costs beyond that is the bar. `--synchronous NORMAL` lets that row, too, not wait.

Measured on two cores, little else running, single runs of 2,000 to 3,000 launches: ours 2,000 a
second, PyLTI1p3 1,330 beside it (1,460 at its best), raw 1,870 to 1,900 with FULL (it waits for
the disk) and 3,850 to 4,250 with NORMAL. CPU of the workers for one launch: ours 770 to 840 µs
(1,030 to 1,080 before `plugin/entrance/express.py`), PyLTI1p3 1,170 to 1,240, raw 470 to 500 and
300 to 320, gunicorn alone 120. With a load of 12, medians of three: ours 830, PyLTI1p3 580.
PyLTI1p3 accepted 20 of 20 replays, the others none.
"""

import argparse
import sys

from benchmarks.harness import Bar, Side, compare

PEERS = {"pylti": ("launch", 1.2), "raw": ("launch_raw", 0.7)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--side", choices=["ours", *PEERS])
    parser.add_argument("--launches", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--synchronous", choices=["FULL", "NORMAL"], default="FULL")
    args = parser.parse_args()
    if args.side is not None:
        return run(args)
    given = [f"--launches={args.launches}", f"--synchronous={args.synchronous}"]
    missed = 0
    for peer, (name, ratio) in PEERS.items():
        missed |= compare(
            name,
            ours=Side.of_module("benchmarks.launch", "ours", *given),
            peer=Side.of_module("benchmarks.launch", peer, *given),
            metric="value",
            unit="launches/s",
            better="higher",
            rounds=args.rounds,
            bars=[Bar("value", ratio)],
            note=f"POST, 8 connections, 2 sync workers; the peer is {peer}",
        )
    return missed


def run(args: argparse.Namespace) -> int:
    """One side, in a process of its own."""
    from benchmarks.launches import ours, pylti, raw

    if args.side == "ours":
        return ours.run(args.launches)
    if args.side == "pylti":
        return pylti.run(args.launches)
    return raw.run(args.launches, args.synchronous)


if __name__ == "__main__":
    sys.exit(main())
