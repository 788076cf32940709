"""The BagIt package against ``cat`` of the same bytes, and against ``zipfile``.

``python -m benchmarks.package [--files 5000] [--size 200000] [--rounds 5]``

The same files lie ready for all (sizes, CRC-32 and SHA-256 known to ours, as the vault knows them);
each side times itself from the first to the last byte, the file's fsync included, and reports MB/s.
``cat`` writes nothing but the bytes, one after the other: the most a disk gives. ``zipfile`` stores
and makes the SHA-256 manifest while writing. Ours tells how often it read the payload, as the
kernel counted, and whether the archive was so large that it needed zip64 (from 4 GiB, or 65,535
files: ``--files 22000`` makes 4.4 GB).
"""

import argparse
import hashlib
import os
import subprocess
import tempfile
import time
import zipfile
import zlib
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.harness import ROOT, Bar, Side, compare, report_note, report_value
from reports.atomic import sync_directory

SMALL = 1000


READ_AT_MOST = 1.01
PEERS = {"cat": 0.75, "zipfile": 1.3}
"""Ours against each in MB/s, at least."""


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
    before = read_so_far()
    started = time.perf_counter()
    write_package(room / "ours.zip", files, info)
    took = time.perf_counter() - started
    times = (read_so_far() - before) / (size * len(files))
    with (room / "ours.zip").open("rb") as handle:
        handle.seek(-98, os.SEEK_END)
        large = handle.read(4) == b"PK\x06\x06"
    report_note(f"payload read {times:.2f} times; zip64 {'needed' if large else 'not needed'}")
    if times > READ_AT_MOST:
        raise SystemExit(f"the payload was read {times:.2f} times")
    return took


def read_so_far() -> int:
    """Bytes that this process has had read for it, in the kernel or out of it."""
    counters = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(counters["rchar"])


def run_cat(room: Path, size: int) -> float:
    names = [f"{index:06}.pdf" for index in range(len((room / "sums").read_text().splitlines()))]
    started = time.perf_counter()
    with (room / "cat.zip").open("wb") as handle:
        subprocess.run(
            ["xargs", "-0", "cat", "--"],
            input="\0".join(names).encode(),
            stdout=handle,
            cwd=room,
            check=True,
        )
        os.fsync(handle.fileno())
    sync_directory(room)
    return time.perf_counter() - started


def run_zipfile(room: Path, size: int) -> float:
    count = len((room / "sums").read_text().splitlines())
    started = time.perf_counter()
    lines = []
    with (room / "zipfile.zip").open("wb") as handle:
        with zipfile.ZipFile(handle, "w", zipfile.ZIP_STORED) as archive:
            for index in range(count):
                data = (room / f"{index:06}.pdf").read_bytes()
                archive.writestr(f"bag/data/成果/{index:06}.pdf", data)
                lines.append(f"{hashlib.sha256(data).hexdigest()}  data/成果/{index:06}.pdf\n")
            archive.writestr("bag/manifest-sha256.txt", "".join(lines))
        handle.flush()
        os.fsync(handle.fileno())
    sync_directory(room)
    return time.perf_counter() - started


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=int(os.environ.get("BENCH_FILES", "5000")))
    parser.add_argument("--size", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--side", choices=("ours", *PEERS))
    parser.add_argument("--room", type=Path)
    args = parser.parse_args()
    if args.side:
        run = {"ours": run_ours, "cat": run_cat, "zipfile": run_zipfile}[args.side]
        seconds = run(args.room, args.size)
        report_value(args.files * args.size / 1e6 / seconds)
        (args.room / f"{args.side}.zip").unlink()
        return 0
    (ROOT / "var").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=ROOT / "var") as room:
        prepare(Path(room), args.files, args.size)
        common = ["--room", room, "--files", str(args.files), "--size", str(args.size)]
        return max(
            compare(
                f"package-{peer}",
                ours=Side.of_module("benchmarks.package", "ours", *common),
                peer=Side.of_module("benchmarks.package", peer, *common),
                metric="value",
                unit="MB/s",
                better="higher",
                rounds=args.rounds,
                bars=[Bar("value", bar)] if args.files >= SMALL else [],
                note=f"{args.files:,} files of {args.size:,} bytes, {peer}",
            )
            for peer, bar in PEERS.items()
        )


if __name__ == "__main__":
    raise SystemExit(main())
