"""Platform storage: tools keep small things in the LMS's page, for want of cookies.

Source: LTI Client Side postMessages and LTI postMessage Storage. A tool in a frame asks the page
around it (``lti.capabilities``) which frame to talk to, and puts and gets data there. With a named
frame, as in Canvas, that frame is of the origin of the authorisation endpoint, which is the only
target origin a tool may use.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, make_response, render_template

from lti.platform.core import Lms
from lti.platform.state import Tool
from lti.platform.urls import origin_of

blueprint = Blueprint("storage", __name__, url_prefix="/lti/storage")


@dataclass(frozen=True)
class Offered:
    """What the pages around a tool need to offer storage.

    :ivar frame: name of the frame that stores; "": the page itself does.
    :ivar src: address of that frame.
    :ivar origins: the tools' web origins, with blanks between: nobody else is served.
    :ivar silent: never answers.
    """

    frame: str
    src: str
    origins: str
    silent: bool


def offered(here: Lms) -> Offered | None:
    """How the current mode offers storage, None where it has none."""
    if not here.mode.storage_target:
        return None
    frame = here.mode.frame_name
    src = f"{here.sso_url}/lti/storage/" if frame else ""
    return Offered(frame, src, " ".join(sorted(_origins(here))), here.faults.storage_silent)


def _origins(here: Lms) -> set[str]:
    return {
        origin_of(url)
        for tool in here.state.tools.values()
        if tool.active
        for url in _addresses(tool)
    } - {""}


def _addresses(tool: Tool) -> list[str]:
    return [tool.initiate_login_uri, tool.target_link_uri, *tool.redirect_uris]


@blueprint.get("/")
def frame() -> Response:
    """The frame that stores: invisible, without anything of the person in it."""
    page = make_response(render_template("storage.html"))
    # Pages change with the tools that are registered; a stale list would lock one out.
    page.headers["Cache-Control"] = "no-store"
    return page
