"""The LMS as Canvas: the answer to a deep linking request is checked strictly."""

from __future__ import annotations

from typing import Any

import pytest

from lti.platform.claims import CLAIM, DEEP_LINK_SETTINGS
from lti.platform.deeplink import CONTENT_ITEMS, DATA
from lti.platform.testing import FakePlatform

from .conftest import MiniTool


@pytest.fixture
def mode() -> str:
    return "canvas"


class TestDeepLinking:
    def answer(self, lms: FakePlatform, tool: MiniTool, **change: Any) -> Any:
        teacher = lms.browser("teacher1")
        teacher.get(f"{lms.url}/lti/deeplink/2/{lms.tool.id}")
        request = tool.claims()
        settings = request[DEEP_LINK_SETTINGS]
        answer = {
            "iss": lms.tool.client_id,
            "aud": lms.issuer,
            "nonce": "answer-1",
            f"{CLAIM}message_type": "LtiDeepLinkingResponse",
            f"{CLAIM}version": "1.3.0",
            f"{CLAIM}deployment_id": request[f"{CLAIM}deployment_id"],
            DATA: settings["data"],
            CONTENT_ITEMS: [
                {
                    "type": "ltiResourceLink",
                    "title": title,
                    "lineItem": {"scoreMaximum": 1, "tag": "outcome"},
                }
                for title in ("繳交成果", "認證桌")
            ],
        } | change
        kept = {name: value for name, value in answer.items() if value is not None}
        self.token = tool.sign(kept)
        self.return_url = settings["deep_link_return_url"]
        return teacher.post(self.return_url, {"JWT": self.token})

    def test_several_items_with_their_line_items(
        self, lms: FakePlatform, registered: MiniTool
    ) -> None:
        page = self.answer(lms, registered)
        assert page.status == 200, page.text
        teacher = lms.browser("teacher1")
        page = teacher.submit(page, page.form(button="儲存"))
        added = lms.lms.state.activities_of("2")[-2:]
        assert [activity.title for activity in added] == ["繳交成果", "認證桌"]
        columns = list(lms.lms.state.line_items.values())[-2:]
        assert [(item.maximum, item.tag) for item in columns] == [(1, "outcome"), (1, "outcome")]

    @pytest.mark.parametrize(
        "change",
        [
            {DATA: None},
            {DATA: "something else"},
            {"nonce": None},
            {"aud": "https://elsewhere.test"},
            {"iss": "somebody"},
            {"iat": 1, "exp": 2},
            {f"{CLAIM}deployment_id": "1"},
        ],
    )
    def test_an_answer_that_is_not_quite_right_is_refused(
        self, lms: FakePlatform, registered: MiniTool, change: dict[str, Any]
    ) -> None:
        assert self.answer(lms, registered, **change).status == 400

    def test_an_answer_works_once(self, lms: FakePlatform, registered: MiniTool) -> None:
        assert self.answer(lms, registered).status == 200
        again = lms.browser("teacher1").post(self.return_url, {"JWT": self.token})
        assert again.status == 400
