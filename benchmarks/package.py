"""The BagIt package against ``zipfile``, stored, with the SHA-256 manifest made while writing.

``python -m benchmarks.package [--files 5000] [--size 200000] [--rounds 3]``

The same files lie ready for both (sizes, CRC-32 and SHA-256 known to ours, as the vault knows
them); each side times itself from the first to the last byte, fsync included, and reports MB/s.
"""

import argparse
import hashlib
import os
import tempfile
import time
import zipfile
import zlib
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.harness import ROOT, Bar, Side, compare, report_value

SMALL = 1000


def prepare(room: Path, files: int, size: int) -> None:
    """Write ``files`` files of ``size`` bytes, no two alike, and their sums."""
    base = os.urandom(size)
    sums = []
    for index in range(files):
        data = index.to_bytes(8, "big") + base[8:]
        (room / f"{index:06}.pdf").write_bytes(data)
        sums.append(f"{zlib.crc32(data)} {hashlib.sha256(data).hexdigest()}")
    (room / "sums").write_text("\n".join(sums))
    os.sync()  # or the first side would wait for the disk to take these files


def run_ours(room: Path, size: int) -> float:
    from reports.package import BagInfo, PackageFile, write_package

    files = [
        PackageFile(f"成果/{index:06}.pdf", size, int(crc), sha, room / f"{index:06}.pdf")
        for index, (crc, sha) in enumerate(
            line.split() for line in (room / "sums").read_text().splitlines()
        )
    ]
    info = BagInfo("市立歷程高級中學", "bench", "", datetime(2025, 11, 20, tzinfo=UTC))
    started = time.perf_counter()
    write_package(room / "ours.zip", files, info)
    return time.perf_counter() - started


def run_peer(room: Path, size: int) -> float:
    count = len((room / "sums").read_text().splitlines())
    started = time.perf_counter()
    lines = []
    with (room / "peer.zip").open("wb") as handle:
        with zipfile.ZipFile(handle, "w", zipfile.ZIP_STORED) as archive:
            for index in range(count):
                data = (room / f"{index:06}.pdf").read_bytes()
                archive.writestr(f"bag/data/成果/{index:06}.pdf", data)
                lines.append(f"{hashlib.sha256(data).hexdigest()}  data/成果/{index:06}.pdf\n")
            archive.writestr("bag/manifest-sha256.txt", "".join(lines))
        handle.flush()
        os.fsync(handle.fileno())
    return time.perf_counter() - started


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=int(os.environ.get("BENCH_FILES", "5000")))
    parser.add_argument("--size", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--side", choices=("ours", "peer"))
    parser.add_argument("--room", type=Path)
    args = parser.parse_args()
    if args.side:
        run = run_ours if args.side == "ours" else run_peer
        seconds = run(args.room, args.size)
        report_value(args.files * args.size / 1e6 / seconds)
        (args.room / f"{args.side}.zip").unlink()
        return 0
    (ROOT / "var").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=ROOT / "var") as room:
        prepare(Path(room), args.files, args.size)
        common = ["--room", room, "--files", str(args.files), "--size", str(args.size)]
        return compare(
            "package",
            ours=Side.of_module("benchmarks.package", "ours", *common),
            peer=Side.of_module("benchmarks.package", "peer", *common),
            metric="value",
            unit="MB/s",
            better="higher",
            rounds=args.rounds,
            bars=[Bar("value", 1.3 if args.files >= SMALL else 1.0)],
            note=f"{args.files:,} files of {args.size:,} bytes",
        )


if __name__ == "__main__":
    raise SystemExit(main())
