"""Names and languages as LMSs send them."""

import pytest

from lti.names import display_name, language_tag, reads_chinese


@pytest.mark.parametrize(
    ("name", "given", "family", "shown"),
    [
        ("怡君 吳", "怡君", "吳", "吳怡君"),
        ("吳怡君", "怡君", "吳", "吳怡君"),
        ("", "怡君", "吳", "吳怡君"),
        ("Admin User", "Admin", "User", "Admin User"),
        ("", "Ada", "Lovelace", "Ada Lovelace"),
        ("𤧟 堃", "堃", "𤧟", "𤧟堃"),
        ("〇 李", "〇", "李", "李〇"),
        ("  怡君   吳 ", " 怡君 ", " 吳 ", "吳怡君"),
        ("歐陽 娜娜", "娜娜", "歐陽", "歐陽娜娜"),
        ("怡君 Wu", "怡君", "Wu", "怡君 Wu"),
        ("", "", "吳", "吳"),
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
        ("ZH_TW", "zh-Hant-TW"),
        ("zh_Hant_TW", "zh-Hant-TW"),
        ("zh-Hant", "zh-Hant-TW"),
        (" zh_tw ", "zh-Hant-TW"),
        ("zh-Hant-HK", "zh-Hant-HK"),
        ("zh", "zh-Hant-TW"),
        ("zh_cn", "zh-Hans-CN"),
        ("zh_hk", "zh-Hant-HK"),
        ("en", "en"),
        ("en_us", "en-US"),
        ("en-GB", "en-GB"),
        ("pt_br", "pt-BR"),
        ("ja", "ja"),
        ("", ""),
        ("_", ""),
        ("zh_tw\n<script>", ""),
        ("$Person.locale", ""),
        ("中文", ""),
        ("a" * 9, ""),
    ],
)
def test_language_tag(sent, tag):
    assert language_tag(sent) == tag


@pytest.mark.parametrize(
    ("sent", "chinese"),
    [
        ("zh_tw", True),
        ("zh_Hant_TW", True),
        ("zh_cn", True),
        ("nan", True),
        ("hak_tw", True),
        ("en", False),
        ("en_us", False),
        ("pt_br", False),
        ("ja", False),
        ("zha", False),
    ],
)
def test_who_is_shown_a_page_in_chinese(sent, chinese):
    """Whoever reads neither language is served better by English."""
    assert reads_chinese(language_tag(sent)) is chinese
