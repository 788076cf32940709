"""The answer to a content selection."""

from dataclasses import replace

import jwt
import pytest

from lti import deep_linking, keys
from lti import vocabulary as v
from lti.claims import DeepLinking, read_claims
from lti.deep_linking import CONTENT_ITEMS, LineItem, Link
from tests.lti.support import CLIENT_ID, ISSUER, NOW, moodle_claims

SETTINGS = DeepLinking("https://moodle.example/return", ("ltiResourceLink",), ("iframe",), True)
_CLAIM = "https://purl.imsglobal.org/spec/lti-dl/claim/"
LINK = Link("繳交學習成果", "https://licheng.example/x?open=a", custom={"open": "a"})


def answered(settings=SETTINGS, links=(), **more):
    pair = keys.new_key_pair(NOW)
    token = deep_linking.answer(ISSUER, CLIENT_ID, "1", settings, links, pair, NOW, **more)
    assert jwt.get_unverified_header(token)["kid"] == pair.kid
    return jwt.decode(
        token, pair.private_key.public_key(), ["RS256"], audience=ISSUER, leeway=10**9
    )


def test_the_parties_are_turned_round():
    message = answered()
    assert (message["iss"], message["aud"], message["azp"]) == (CLIENT_ID, ISSUER, CLIENT_ID)
    assert message[v.CLAIM_DEPLOYMENT_ID] == "1"
    assert message[v.CLAIM_MESSAGE_TYPE] == "LtiDeepLinkingResponse"
    assert message[v.CLAIM_VERSION] == "1.3.0"
    assert message["iat"] < NOW.timestamp() < message["exp"]
    assert message["nonce"] != answered()["nonce"]


def test_one_link():
    [item] = answered(links=[LINK])[CONTENT_ITEMS]
    assert item == {
        "type": "ltiResourceLink",
        "title": "繳交學習成果",
        "url": "https://licheng.example/x?open=a",
        "custom": {"open": "a"},
        "iframe": {"height": deep_linking.FRAME_HEIGHT},
    }


def test_everything_a_link_can_say():
    column = LineItem("學習成果認證", 1, "outcomes", "licheng")
    link = replace(LINK, text="說明", icon_url="https://licheng.example/i.svg", line_item=column)
    [item] = answered(links=[link])[CONTENT_ITEMS]
    assert item["text"] == "說明"
    assert item["icon"]["url"] == "https://licheng.example/i.svg"
    assert item["lineItem"] == {
        "label": "學習成果認證",
        "scoreMaximum": 1,
        "resourceId": "outcomes",
        "tag": "licheng",
        "submissionReview": {"reviewableStatus": ["Submitted", "Completed"]},
    }


@pytest.mark.parametrize(
    ("targets", "hint"),
    [
        (("frame", "iframe", "window"), "iframe"),
        (("window",), "window"),
        (("embed",), None),
    ],
)
def test_it_is_shown_the_way_the_platform_can(targets, hint):
    settings = replace(SETTINGS, accept_targets=targets)
    [item] = answered(settings, [LINK])[CONTENT_ITEMS]
    assert {"iframe", "window"} & item.keys() == ({hint} if hint else set())


def test_a_title_is_one_line_and_not_endless():
    [item] = answered(links=[replace(LINK, title="第一行\r\n 第二行" + "長" * 999)])[CONTENT_ITEMS]
    assert item["title"].startswith("第一行 第二行長")
    assert len(item["title"]) == deep_linking.TITLE_POINTS


@pytest.mark.parametrize("custom", [{"a=b": "c"}, {"a": "b=c"}, {"a": "b\nc"}, {"a\r": "b"}])
def test_custom_parameters_that_moodle_would_cut(custom):
    with pytest.raises(ValueError, match="="):
        replace(LINK, custom=custom)


def test_several_only_where_the_platform_takes_several():
    assert len(answered(links=[LINK, LINK])[CONTENT_ITEMS]) == 2
    with pytest.raises(ValueError, match="one item"):
        answered(replace(SETTINGS, accept_multiple=False), [LINK, LINK])


def test_a_platform_that_takes_no_links_gets_none():
    settings = replace(SETTINGS, accept_types=("file", "html"))
    assert not deep_linking.takes_links(settings)
    with pytest.raises(ValueError, match="no LTI links"):
        answered(settings, [LINK])
    assert answered(settings)[CONTENT_ITEMS] == []


def test_media_types_are_about_files_only():
    settings = replace(SETTINGS, accept_media_types="image/*")
    assert len(answered(settings, [LINK])[CONTENT_ITEMS]) == 1


def test_an_error_goes_back_to_the_platform():
    message = answered(error="無法加入", error_log="accept_types: file")
    assert message[_CLAIM + "errormsg"] == "無法加入"
    assert message[_CLAIM + "errorlog"] == "accept_types: file"
    assert message[CONTENT_ITEMS] == []
    assert not {_CLAIM + "errormsg", _CLAIM + "errorlog"} & answered().keys()


@pytest.mark.parametrize("data", [None, "", "opaque=&ü"])
def test_data_is_echoed_only_if_it_came(data):
    message = answered(replace(SETTINGS, data=data))
    assert message.get(_CLAIM + "data") == data
    assert (_CLAIM + "data" in message) == (data is not None)


@pytest.mark.parametrize(
    ("said", "understood"),
    [(True, True), ("true", True), (False, False), ("false", False), (None, None), (7, None)],
)
def test_whether_line_items_are_taken(said, understood):
    wanted = {
        "deep_link_return_url": "https://moodle.example/return",
        "accept_types": ["ltiResourceLink"],
        "accept_presentation_document_targets": ["iframe"],
        "accept_media_types": ["not", "a", "string"],
    }
    if said is not None:
        wanted["accept_lineitem"] = said
    sent = moodle_claims("deeplinking_teacher1") | {v.CLAIM_DEEP_LINKING: wanted}
    settings = read_claims(sent, ISSUER, CLIENT_ID).deep_linking
    assert settings.accept_line_item is understood
    assert settings.accept_multiple is False
