"""The answer to a content selection."""

import jwt
import pytest

from lti import deep_linking, keys
from lti import vocabulary as v
from lti.claims import DeepLinking
from tests.lti.support import CLIENT_ID, ISSUER, NOW

SETTINGS = DeepLinking("https://moodle.example/return", ("ltiResourceLink",), ("iframe",), True)
DATA = "https://purl.imsglobal.org/spec/lti-dl/claim/data"


def answered(settings=SETTINGS, resources=()):
    pair = keys.new_key_pair(NOW)
    token = deep_linking.answer(ISSUER, CLIENT_ID, "1", settings, resources, pair, NOW)
    assert jwt.get_unverified_header(token)["kid"] == pair.kid
    return jwt.decode(
        token, pair.private_key.public_key(), ["RS256"], audience=ISSUER, leeway=10**9
    )


def test_the_parties_are_turned_round():
    message = answered()
    assert (message["iss"], message["aud"]) == (CLIENT_ID, ISSUER)
    assert message[v.CLAIM_DEPLOYMENT_ID] == "1"
    assert message[v.CLAIM_MESSAGE_TYPE] == "LtiDeepLinkingResponse"
    assert message["iat"] < NOW.timestamp() < message["exp"]
    assert message["nonce"] != answered()["nonce"]


def test_one_link():
    link = deep_linking.resource_link("繳交學習成果", "https://licheng.example/x", {"page": "a"})
    [item] = answered(resources=[link])[
        "https://purl.imsglobal.org/spec/lti-dl/claim/content_items"
    ]
    assert item == {
        "type": "ltiResourceLink",
        "title": "繳交學習成果",
        "url": "https://licheng.example/x",
        "custom": {"page": "a"},
    }


@pytest.mark.parametrize("data", [None, "", "opaque=&ü"])
def test_data_is_echoed_only_if_it_came(data):
    settings = DeepLinking(**{f: getattr(SETTINGS, f) for f in SETTINGS.__slots__} | {"data": data})
    message = answered(settings)
    assert message.get(DATA) == data
    assert (DATA in message) == (data is not None)
