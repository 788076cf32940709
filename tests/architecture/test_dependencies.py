"""What the product imports is what `setup.cfg` installs: nothing stands there by accident."""

from __future__ import annotations

import ast
import configparser
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OURS = {"plugin", "lti", "forms", "reports", "scripts", "tests", "wsgi"}
BROUGHT = {
    "flask": {"click", "jinja2", "markupsafe", "werkzeug"},
    "flask-babel": {"babel"},
    "fonttools": {"fontTools"},
    "requests": {"urllib3"},
}
"""What a declared distribution promises to bring as part of its own interface."""


def _imported(folder: str) -> dict[str, str]:
    """Top-level module → a file that imports it, of one folder of the product."""
    found: dict[str, str] = {}
    for path in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                names = [one.name for one in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                names = [node.module]
            else:
                continue
            for name in names:
                found.setdefault(name.partition(".")[0], str(path.relative_to(ROOT)))
    return found


def _declared() -> set[str]:
    """Distributions that a school's installation gets, in lower case with hyphens."""
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", "utf-8")
    lines = config["options"]["install_requires"].splitlines()
    named = (re.match(r"[A-Za-z0-9._-]+", line) for line in lines)
    return {_plain(one[0]) for one in named if one}


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_import_of_the_product_is_declared() -> None:
    providers = packages_distributions()
    declared = _declared()
    brought = {name for source, names in BROUGHT.items() if source in declared for name in names}
    missing = []
    for folder in ("plugin", "lti", "forms", "reports"):
        for module, path in _imported(folder).items():
            if module in OURS | sys.stdlib_module_names | brought | {"__future__"}:
                continue
            if not {_plain(one) for one in providers.get(module, [])} & declared:
                missing.append(f"{module} ({path})")
    assert not missing, ", ".join(missing)
