"""Two schools, a student of the one who goes to the other, and packages between them."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plugin import db
from plugin.actor import Actor, Role
from plugin.portfolio.models import ExchangeIn, ExchangeOut
from plugin.portfolio.operations.exchange import incoming, outgoing
from plugin.portfolio.packages import EXCHANGE_SLOT
from plugin.school.models import Person, WindowKind
from plugin.vault import operations as vault
from plugin.vault import queries as vault_queries
from plugin.vault.models import StoredFile
from tests.factories import actor_of, make_class, make_staff, make_student, make_window
from tests.plugin.portfolio import experience_world
from tests.plugin.portfolio.world import World, make_world, mp3

PASSWORD = "歷程-交換-2026"
ID = "A123456789"


@dataclass
class Two:
    """`old` is left, `new` is gone to; `moved` is the student there."""

    old: World
    new: World
    moved: Person
    sender: Actor
    taker: Actor

    def work(self) -> None:
        """What the student leaves behind: every kind of thing that goes, and some that stay."""
        old = self.old
        old.certified(title="赤壁賦心得", summary="第一行\n第二行", ai_note="未使用")
        old.certified(
            title="影音", media_file_id=old.file(mp3(), "media", name="配樂.mp3"),
            document_file_id=old.file(name="樂譜 𤧟.pdf"),
        )  # fmt: skip
        old.sent(title="還沒認證")
        old.draft(title="草稿不交換")
        for name in ("work", "contest", "licence", "flexible"):
            experience_world.sent(old, name)
        experience_world.draft(old, "other")

    def build(self, *students: Person) -> ExchangeOut:
        wanted = [one.id for one in students] or [self.old.student.id]
        made = outgoing.begin(self.sender, wanted, target="新學校", reason="轉學")
        return db.reading().get_one(ExchangeOut, made.id, populate_existing=True)

    def content(self, made: ExchangeOut) -> bytes:
        file = db.reading().get_one(StoredFile, made.file_id)
        return vault_queries.path(file.sha256, file.size).read_bytes()

    def bring(self, content: bytes, folder: Path, password: str = PASSWORD) -> ExchangeIn:
        """Upload a package at the new school and have it looked at."""
        path = folder / "package.zip"
        path.unlink(missing_ok=True)
        path.write_bytes(content)
        file = vault.deposit(
            self.taker, path, slot=EXCHANGE_SLOT, name="package.zip",
            media_type="application/zip", kind="zip",
        )  # fmt: skip
        made = incoming.begin(self.taker, file.id, password)
        return fresh(made)

    def take(self, found: ExchangeIn) -> ExchangeIn:
        return fresh(incoming.take(self.taker, found.id))


def fresh(found: ExchangeIn) -> ExchangeIn:
    return db.reading().get_one(ExchangeIn, found.id, populate_existing=True)


def two_schools() -> Two:
    old, new = make_world(), make_world()
    make_window(old.school, WindowKind.EXPERIENCE_UPLOAD)
    sender = actor_of(make_staff(old.school, Role.EXCHANGE))
    taker = actor_of(make_staff(new.school, Role.EXCHANGE))
    with db.writing() as session:
        session.get_one(Person, new.student.id).national_id = "C187654321"
    moved = make_student(new.school, make_class(new.school), 3, national_id=ID.lower())
    outgoing.set_password(sender, PASSWORD)
    return Two(old, new, moved, sender, taker)


def plain(content: bytes, **changes: bytes | None) -> bytes:
    """The package without its password, some members exchanged (None: left out); without the list
    of our own, as another system would write it."""
    from reports.lockedzip import LockedZip

    out = io.BytesIO()
    path = Path("/tmp") / f"plain-{abs(hash(content))}.zip"
    path.write_bytes(content)
    try:
        with LockedZip(path, PASSWORD) as package, zipfile.ZipFile(out, "w") as made:
            for name in package.names:
                if name == "licheng.json":
                    continue
                given = changes.get(name, package.read(name))
                if given is not None:
                    made.writestr(name, given)
    finally:
        path.unlink()
    return out.getvalue()


def records(content: bytes) -> Any:
    """The JSON of a package without password."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        (name,) = (one for one in package.namelist() if one.count("/") == 0)
        return name, json.loads(package.read(name))
