"""Telling the platform that somebody has accepted our terms, or has not: EULA service 1.0."""

import json
from datetime import UTC, datetime

from lti.services.connector import Connector
from lti.services.pages import with_path
from lti.vocabulary import SCOPE_EULA_USER

MEDIA_TYPE = "application/json"


def tell_answer(connector: Connector, url: str, user_id: str, accepted: bool, at: datetime) -> None:
    """The answer of one person; the platform asks them again until it is yes.

    :param url: `url` of the launch's EULA service claim, the base of its endpoints.
    :param user_id: `sub` of the launch.
    :raises ServiceError: as `Connector.call`.
    """
    body = {
        "userId": user_id,
        "accepted": accepted,
        "timestamp": at.astimezone(UTC).isoformat(timespec="milliseconds"),
    }
    connector.call(
        "POST",
        with_path(url, "/user"),
        scopes=(SCOPE_EULA_USER,),
        accept=MEDIA_TYPE,
        body=json.dumps(body).encode("ascii"),
        content_type=MEDIA_TYPE,
    )
