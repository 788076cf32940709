"""The pages of what an earlier system handed in: whose they are, and what they say of files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import openpyxl
from flask import Flask
from flask.testing import FlaskClient

from plugin.actor import Role
from tests.factories import actor_of, make_staff
from tests.plugin.portfolio.handed_in.world import BOOKS, clerk_of, content_of, earlier, make_all
from tests.plugin.school.importing.world import told

MD5 = "0123456789abcdef0123456789abcdef"


def test_what_is_kept_is_seen_by_those_it_concerns(
    app: Flask, client: FlaskClient, act_as: Callable[[Any], Any]
) -> None:
    school, made = make_all()
    clerk = clerk_of(school)

    def change(book: openpyxl.Workbook) -> None:
        regular = book["學期課程學習成果"]
        width = regular.max_column
        regular.cell(1, width + 1).value, regular.cell(2, width + 1).value = "文件檔案MD5", MD5
        heads = [cell.value for cell in book["重修課程學習成果"][1]]
        at = heads.index("文件連結") + 1
        book["重修課程學習成果"].cell(2, at).value = "https://old.example/d/c2VjcmV0?key=1"
        heads = [cell.value for cell in book["重讀課程學習成果"][1]]
        book["重讀課程學習成果"].cell(2, heads.index("文件連結") + 1).value = None

    outcomes = clerk.upload(earlier(content_of(made, BOOKS[0]), change), "成果.xlsx")
    assert told(outcomes) == []
    clerk.apply(outcomes)
    clerk.apply(clerk.upload(earlier(content_of(made, BOOKS[1])), "多元.xlsx"))

    act_as(clerk.actor)
    seen = client.get("/earlier").get_data(as_text=True)
    assert "國語文" in seen
    assert "社區圖書館說故事志工" in seen
    assert seen.count("不在本系統</strong>") == 15
    assert "名冊沒有記載檔案" in seen
    assert "名冊只記載連結" in seen
    assert MD5 in seen
    assert "c2VjcmV0" not in seen, "an address of the earlier system may open the file"
    assert "A123456789" not in seen
    only = client.get("/earlier?year=114&kind=experience&q=S0").get_data(as_text=True)
    assert "國語文" not in only
    assert "社區圖書館說故事志工" in only
    assert "沒有符合的紀錄" in client.get("/earlier?q=nobody").get_data(as_text=True)

    act_as(actor_of(make_staff(clerk.school, Role.STUDENT_AFFAIRS)))
    theirs = client.get("/earlier").get_data(as_text=True)
    assert "國語文" not in theirs
    assert "社區圖書館說故事志工" in theirs

    act_as(school.pupil)
    own = client.get("/earlier/mine").get_data(as_text=True)
    assert "國語文" in own
    assert client.get("/earlier").status_code == 403
    assert "往年提交紀錄" in client.get("/").get_data(as_text=True)
    act_as(actor_of(school.mate))
    assert "國語文" not in client.get("/earlier/mine").get_data(as_text=True)
    assert "往年提交紀錄" not in client.get("/").get_data(as_text=True)
