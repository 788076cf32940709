"""What an administrator is asked about the connection with an LMS."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from forms.definition import Ask, Form, Group
from forms.fields import LongTextField, TextField, TickField

ADDRESS_POINTS = 512


class PlatformForm(Form):
    """What the platform's page told, typed in by hand."""

    class Meta(Form.Meta):
        name = "entrance.platform"
        title = _l("手動設定平臺")
        groups = (
            Group(
                "platform",
                _l("平臺給的資料"),
                (
                    "issuer",
                    "client_id",
                    "auth_login_url",
                    "token_url",
                    "key_set_url",
                    "authorization_server",
                    "deployment_id",
                ),
            ),
        )

    issuer = TextField(
        _l("平臺識別網址（issuer）"),
        max_points=ADDRESS_POINTS,
        ask=Ask(
            _l("平臺的識別網址是什麼？"),
            help=_l("Moodle 稱「平臺 ID Platform ID」；一字不差，包括有沒有結尾的斜線。"),
            examples=("https://moodle.example.edu.tw",),
        ),
    )
    client_id = TextField(
        _l("用戶端編號（client_id）"),
        max_points=255,
        ask=Ask(
            _l("平臺給歷程的用戶端編號是什麼？"),
            help=_l("平臺建立工具後才會產生，每一次安裝都不同。"),
            examples=("XrDVBnesGyELdyy",),
        ),
    )
    auth_login_url = TextField(
        _l("登入驗證網址（authentication request URL）"),
        max_points=ADDRESS_POINTS,
        ask=Ask(_l("平臺的登入驗證網址是什麼？"), help=_l("也叫 OIDC authorization endpoint。")),
    )
    token_url = TextField(
        _l("權杖網址（access token URL）"),
        max_points=ADDRESS_POINTS,
        ask=Ask(_l("平臺的權杖網址是什麼？"), help=_l("名單與成績服務由這裡取得權杖。")),
    )
    key_set_url = TextField(
        _l("平臺公開金鑰組網址（public keyset URL）"),
        max_points=ADDRESS_POINTS,
        ask=Ask(_l("平臺的公開金鑰組網址是什麼？"), help=_l("用來確認登入真的由平臺送出。")),
    )
    authorization_server = TextField(
        _l("權杖對象（audience）"),
        max_points=ADDRESS_POINTS,
        required=False,
        ask=Ask(
            _l("平臺另外指定權杖的對象嗎？"),
            help=_l("只有 Brightspace 需要（OAuth2 Audience）；空白表示與權杖網址相同。"),
        ),
    )
    deployment_id = TextField(
        _l("部署編號（deployment ID）"),
        max_points=255,
        required=False,
        ask=Ask(
            _l("這個安裝的部署編號是什麼？"),
            help=_l("不知道就空白：第一次由平臺開啟時，歷程會自己記下；之後出現的要由您核可。"),
            examples=("1",),
        ),
    )


class ExceptionsForm(Form):
    """What is allowed to one platform beyond the rule."""

    class Meta(Form.Meta):
        name = "entrance.exceptions"
        title = _l("平臺的進階設定")
        groups = (
            Group(
                "exceptions",
                _l("進階設定"),
                ("launch_origins", "allow_hidden_origin", "authorization_server"),
            ),
        )

    launch_origins = LongTextField(
        _l("另外可以送出登入的來源"),
        max_points=2000,
        required=False,
        ask=Ask(
            _l("登入會從哪些其他網址送出？"),
            help=_l(
                "一行一個，例如 https://lms.example.edu.tw；https://*.example.edu.tw 表示其下所有"
                "主機。出現代碼 ORIGIN_FOREIGN 或 SERVICE_FOREIGN 時才需要。"
            ),
            examples=("https://lms.example.edu.tw",),
        ),
    )
    allow_hidden_origin = TickField(
        _l("接受看不出來源的登入"),
        required=False,
        ask=Ask(
            _l("平臺會隱藏來源嗎？"),
            help=_l(
                "出現代碼 ORIGIN_HIDDEN、而且無法請平臺修正 Referrer-Policy 時才勾選。勾選後，若"
                "瀏覽器又封鎖 Cookie，歷程分不出登入是不是被別的網站偷偷送出。"
            ),
        ),
    )
    authorization_server = TextField(
        _l("權杖對象（audience）"),
        max_points=ADDRESS_POINTS,
        required=False,
        ask=Ask(
            _l("平臺另外指定權杖的對象嗎？"),
            help=_l("空白表示與權杖網址相同；自我檢查顯示權杖被拒時，照平臺的說明填寫。"),
        ),
    )


class SwitchesForm(Form):
    """What the school believes of its LMS."""

    class Meta(Form.Meta):
        name = "entrance.switches"
        title = _l("相信平臺到什麼程度")
        groups = (
            Group("identity", _l("認人"), ("trust_lms_email",)),
            Group(
                "roles",
                _l("平臺上的身分"),
                ("institution_administrator", "system_administrator", "mentor_advisor"),
                help=_l(
                    "歷程原則上只看這門課裡的身分。以下的帳號身分，勾選後才算數，而且只對校內名冊"
                    "上的教職員有效。"
                ),
            ),
        )

    trust_lms_email = TickField(
        _l("用平臺送來的電子郵件認人"),
        required=False,
        ask=Ask(
            _l("可以用平臺上的電子郵件自動配對嗎？"),
            help=_l(
                "只有在平臺的電子郵件由學校設定、師生自己改不了時才勾選。若能自行修改，學生把信箱"
                "改成老師的，就會被當成那位老師。"
            ),
        ),
    )
    institution_administrator = TickField(
        _l("平臺的機構管理者，就是歷程的系統管理者"),
        required=False,
        ask=Ask(
            _l("平臺的機構管理者可以管理歷程嗎？"),
            help=_l(
                "勾選後，平臺上每一位機構管理者（Moodle 的網站管理員、Canvas 的帳號管理員）都能更改"
                "本校的所有設定，也包括以後才加入的人。"
            ),
        ),
    )
    system_administrator = TickField(
        _l("平臺的系統管理者，就是歷程的系統管理者"),
        required=False,
        ask=Ask(
            _l("平臺的系統管理者可以管理歷程嗎？"),
            help=_l(
                "系統管理者往往是代管平臺的廠商或教育局，不是本校人員；多所學校共用的平臺請不要"
                "勾選。"
            ),
        ),
    )
    mentor_advisor = TickField(
        _l("平臺的輔導者（Mentor#Advisor），就是課程諮詢教師"),
        required=False,
        ask=Ask(
            _l("平臺的輔導者可以看學生的學習歷程嗎？"),
            help=_l(
                "家長也常用 Mentor 這個身分；不確定平臺怎麼給的，請不要勾選，改在「角色」授予。"
            ),
        ),
    )


class DeploymentCodeForm(Form):
    """Which school a waiting deployment belongs to."""

    class Meta(Form.Meta):
        name = "entrance.deployment_code"
        title = _l("輸入部署代碼")
        groups = (Group("code", _l("部署代碼"), ("code",)),)

    code = TextField(
        _l("部署代碼"),
        max_points=40,
        ask=Ask(
            _l("學校給您的部署代碼是什麼？"),
            help=_l("由學校的歷程管理員在「平臺連線」產生，12 個英數字；大小寫與連字號不拘。"),
            examples=("K7QM-2XWD-9HPT",),
        ),
    )
