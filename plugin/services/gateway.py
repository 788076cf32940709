"""From a registration to a connector that can call its platform's services."""

from __future__ import annotations

from flask import current_app

from lti.http import GuardedClient
from lti.keys import signing_key
from lti.services.connector import Connector
from plugin import clock
from plugin.entrance.operations import installing
from plugin.entrance.operations.stores import platform_of
from plugin.services.operations.tokens import Tokens


def connect(registration_id: int) -> Connector:
    """A connector for one registration: its platform, our key of the moment, its own tokens.

    :raises NotFound: no such registration.
    """
    client: GuardedClient = current_app.extensions["licheng.lms_client"]
    key = signing_key(installing.ensure_keys(), clock.now())
    return Connector(client, platform_of(registration_id), key, Tokens(), clock.now)
