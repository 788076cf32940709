"""Names and languages as LMSs send them."""

import pytest

from lti.names import display_name, language_tag


@pytest.mark.parametrize(
    ("name", "given", "family", "shown"),
    [
        ("怡君 吳", "怡君", "吳", "吳怡君"),
        ("吳怡君", "怡君", "吳", "吳怡君"),
        ("", "怡君", "吳", "吳怡君"),
        ("Admin User", "Admin", "User", "Admin User"),
        ("", "Ada", "Lovelace", "Ada Lovelace"),
        ("𤧟 堃", "堃", "𤧟", "𤧟堃"),
        ("Kolas Yotaka", "Kolas", "Yotaka", "Kolas Yotaka"),
        ("Sandy 林", "Sandy", "林", "Sandy 林"),
        ("", "", "", ""),
        ("只有全名", "", "", "只有全名"),
    ],
)
def test_display_name(name, given, family, shown):
    assert display_name(name, given, family) == shown


@pytest.mark.parametrize(
    ("sent", "tag"),
    [
        ("zh_tw", "zh-Hant-TW"),
        ("zh-TW", "zh-Hant-TW"),
        ("zh", "zh-Hant-TW"),
        ("zh_cn", "zh-Hans-CN"),
        ("zh_hk", "zh-Hant-HK"),
        ("en", "en"),
        ("en_us", "en-US"),
        ("pt_br", "pt-BR"),
        ("", ""),
    ],
)
def test_language_tag(sent, tag):
    assert language_tag(sent) == tag
