"""LTI launches per second of the whole application against ltijs 5.9 with PostgreSQL.

``python -m benchmarks.launch_ltijs [--launches 2000] [--rounds 3]``

Both sides get the same recorded Moodle claims, signed by the same kind of key, eight connections
at a time, a new connection for every launch; only the launch POST is timed, and each answer is
looked at. ltijs runs as its documentation shows, one Node.js process, with its PostgreSQL plugin
on a server with default settings, and in its quickest configuration that works: `RSA_KEY`, where
the platform's key stands in the configuration. (With `JWK_SET`, which its documentation
recommends and every LMS that changes its keys needs, it fetches the key set at every launch and
is slower still: `--auth JWK_SET`.) Ours finds keys by the key set, and runs as it is installed:
gunicorn with two sync workers, SQLite. `--database postgresql` gives ours the same PostgreSQL.

Measured on two cores, little else running, single runs: ours 2,000 launches a second on SQLite,
ltijs 280 with RSA_KEY and 210 with JWK_SET (600 launches, before its code is warm). Ours on
PostgreSQL made 790 before `plugin/entrance/express.py`. With a load of 16, medians of three: ours
720, ltijs, one process, 42; that ratio says little. Neither accepted a replay, nor more than one
of twenty at once.
"""

import argparse
import sys

from benchmarks.harness import Bar, Side, compare


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--side", choices=["ours", "peer"])
    parser.add_argument("--launches", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--auth", choices=["RSA_KEY", "JWK_SET"], default="RSA_KEY")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    args = parser.parse_args()
    if args.side is not None:
        return run(args)
    from benchmarks.launches import ltijs

    ltijs.fetch()
    given = [f"--{name}={getattr(args, name)}" for name in ("launches", "auth", "database")]
    return compare(
        "launch_ltijs",
        ours=Side.of_module("benchmarks.launch_ltijs", "ours", *given),
        peer=Side.of_module("benchmarks.launch_ltijs", "peer", *given),
        metric="value",
        unit="launches/s",
        better="higher",
        rounds=args.rounds,
        bars=[Bar("value", 6.0)],
        note=f"POST; ours on {args.database}; ltijs on postgresql, {args.auth}",
    )


def run(args: argparse.Namespace) -> int:
    """One side, in a process of its own."""
    from benchmarks.launches import ltijs, ours, postgres

    if args.side == "ours" and args.database == "sqlite":
        return ours.run(args.launches)
    with postgres.server() as sockets:
        if args.side == "peer":
            return ltijs.run(args.launches, sockets, args.auth)
        return ours.run(args.launches, f"postgresql+psycopg://licheng@/postgres?host={sockets}")


if __name__ == "__main__":
    sys.exit(main())
