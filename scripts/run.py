"""`make run`: Licheng, its worker and clock, a mail sink and the demo LMS, until Ctrl-C.

Starting it twice, or after a crash, just works: what an earlier run left behind is stopped first.
`LICHENG_VAR` names another folder than `var`; `LICHENG_LMS_MODE` the platform that the demo LMS
acts as (moodle, canvas, brightspace, blackboard, generic).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

from lti.platform.modes import DEFAULT, mode_named
from plugin.demo.plan import OFFICE_ACTIVITY, OFFICE_CODE, OFFICE_COURSE_ID
from scripts import installing
from scripts.house import ROOT, CommandFailed, House
from scripts.supervisor import StartError, Supervisor

SCHOOL_CODE = "990001"


def say(text: str) -> None:
    """One line for the person at the terminal."""
    print(f"licheng: {text}", flush=True)


def seed(house: House) -> None:
    """The demo school, with its progress shown; quick when it is there already.

    Raises:
        CommandFailed: the seed ended with an error.
    """
    words = ["demo", "seed", "--people", str(house.people_file), "--pool", str(house.var / "demo")]
    argv = [sys.executable, "-m", "flask", "--app", "wsgi", *words]
    done = subprocess.run(argv, cwd=ROOT, env=house.environment(), check=False)
    if done.returncode:
        raise CommandFailed(f"flask demo seed ended with {done.returncode}")


def connect(house: House) -> None:
    """Install the tool in the LMS by invitation, unless these two know each other already.

    A port that was taken gives a house another address than last time; to the LMS that is
    another tool, so it is installed anew.
    """
    note = house.var / "run" / "installed.json"
    addresses = {"tool": house.url, "lms": house.lms_url, "office": OFFICE_CODE}
    if house.mode != DEFAULT:
        addresses["mode"] = house.mode
    if note.exists() and json.loads(note.read_text()) == addresses:
        return
    installing.remove_tools(house.lms_url, house.people_file)
    if mode_named(house.mode).dynamic:
        link = invitation(house)
        installing.install(house.lms_url, house.people_file, link, but=[OFFICE_COURSE_ID])
        connect_office(house)
    else:
        by_hand(house)
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text(json.dumps(addresses))
    say("the demo LMS has registered and activated the tool")


def connect_office(house: House) -> None:
    """The issuing office is a tenant of its own; its people meet it in one course of the LMS."""
    installing.install_beside(
        house.lms_url, house.people_file, invitation(house, OFFICE_CODE),
        OFFICE_COURSE_ID, OFFICE_ACTIVITY,
    )  # fmt: skip


def by_hand(house: House) -> None:
    """The same where the LMS has no dynamic registration: both sides are typed in."""

    def connect(given: installing.ByHand) -> None:
        house.flask(
            "lti", "connect", SCHOOL_CODE, given.issuer, given.client_id,
            "--platform", house.mode, "--deployment", given.deployment_id,
            "--auth", given.auth_login_url, "--token", given.token_url,
            "--keys", given.key_set_url, "--origin", house.lms_url,
        )  # fmt: skip

    installing.type_in(house.lms_url, house.people_file, house.url, connect)


def invitation(house: House, school: str = SCHOOL_CODE) -> str:
    """A new installation link; the issuer that the LMS shares with others is trusted by it."""
    issuer = urlsplit(mode_named(house.mode).issuer).hostname
    trust = ["--trust", issuer] if issuer else []
    return house.flask("school", "invite", school, *trust).split()[-1]


def start(house: House, keeper: Supervisor) -> None:
    """Bring the house up, one thing after the other.

    Raises:
        StartError, CommandFailed, installing.NotInstalled: with what went wrong.
    """
    say("database")
    house.flask("db", "upgrade")
    say("what the conversation understands (about a minute the first time)")
    house.flask("assistant", "train")
    say("demo school (about half a minute the first time)")
    seed(house)
    say("starting the demo LMS, the mail sink and Licheng")
    keeper.add(house.mail_sink())
    lms, web = keeper.add(house.lms()), keeper.add(house.web())
    keeper.wait_for(f"{house.lms_url}/healthz", lms)
    keeper.wait_for(f"{house.url}/readyz", web)
    if not keeper.stopping:
        connect(house)
        keeper.add(house.worker())
        keeper.add(house.clock())


def main() -> int:
    """Run until stopped; 0 after Ctrl-C, 1 when it could not start."""
    began = time.monotonic()
    var = Path(os.environ.get("LICHENG_VAR", ROOT / "var"))
    keeper = Supervisor(var.resolve() / "run" / "processes.json", str(ROOT), say)
    keeper.stop_on_signals()
    left = keeper.stop_leftovers()
    if left:
        say(f"stopped {left} processes of an earlier run")
    house = House(var, mode=os.environ.get("LICHENG_LMS_MODE", "moodle"))
    house.make_folders()
    try:
        start(house, keeper)
        if not keeper.stopping:
            say(f"ready after {time.monotonic() - began:.0f} s; logs in {house.var / 'log'}")
            print(
                f"\n    請開啟 Open   {house.lms_url}/\n"
                f"    認證專區 Certification   {house.url}/office/{OFFICE_CODE}/certification\n"
                "\n    Ctrl-C 結束 stops everything\n",
                flush=True,
            )
            keeper.run()
    except (StartError, CommandFailed, installing.NotInstalled) as error:
        say(f"FAILED: {error}")
        return 1
    finally:
        keeper.stop()
    say("stopped")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
