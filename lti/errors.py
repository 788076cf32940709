"""Everything that can be wrong with a launch or a registration, each under a stable code.

A code is what a person reads out to the person who runs the LMS, so it never changes once
published. The words are Traditional Chinese source strings; the caller translates them.
"""

from dataclasses import dataclass
from typing import Any


def N_(text: str) -> str:  # noqa: N802  (the name gettext tools look for)
    """Mark a source string for the message catalogue; translation happens where it is shown."""
    return text


def printable(value: object, longest: int = 60) -> str:
    """Something a stranger wrote, short and harmless enough for a log line."""
    if isinstance(value, list | dict):
        return type(value).__name__  # as deep as somebody liked to nest it
    return "".join(c for c in str(value)[:longest] if c.isprintable())


@dataclass(frozen=True)
class Explanation:
    """What the page says: `title` = what happened, `todo` = what to do, `status` = HTTP status."""

    title: str
    todo: str
    status: int = 400


_REOPEN = N_("請回到課程頁面，重新點一次連結。")
_REOPEN_OR_WINDOW = N_("請回到課程頁面，重新點一次連結；若仍然不行，請改在新視窗開啟。")
_ASK_LMS_ADMIN = N_("請把這一頁的代碼告訴學校的平臺管理員，由管理員檢查工具的設定。")
_TRUST_HOST = N_(
    "若這是學校自己的平臺，請歷程管理員在「平臺連線」建立安裝連結時，把那一臺主機填進「另外信任的"
    "主機」，再用新的連結安裝；不認得那臺主機時請不要安裝。"
)
_CLOCKS = N_("請稍候再試；若一直出現，請平臺管理員校正伺服器時間。")

EXPLANATIONS: dict[str, Explanation] = {
    # login
    "LOGIN_INCOMPLETE": Explanation(N_("平臺送來的登入要求不完整。"), _ASK_LMS_ADMIN),
    "ISSUER_UNKNOWN": Explanation(
        N_("這個學習平臺還沒有安裝歷程。"),
        N_("請平臺管理員用學校提供的安裝連結完成安裝。"),
        403,
    ),
    "CLIENT_AMBIGUOUS": Explanation(
        N_("平臺沒有說明是哪一個安裝，無法判斷您要開啟哪一所學校。"), _ASK_LMS_ADMIN
    ),
    "REGISTRATION_DISABLED": Explanation(
        N_("這個安裝目前停用。"), N_("請向學校的歷程管理員查詢。"), 403
    ),
    "TARGET_FOREIGN": Explanation(N_("平臺要開啟的網址不屬於歷程。"), _ASK_LMS_ADMIN),
    # answer of the platform
    "PLATFORM_REFUSED": Explanation(
        N_("學習平臺沒有允許這次登入。"), N_("請確認您已登入平臺，再回到課程頁面重新點一次連結。")
    ),
    "STATE_MISSING": Explanation(N_("登入資料不完整。"), _REOPEN),
    "STATE_UNKNOWN": Explanation(N_("找不到這次登入的紀錄。"), _REOPEN),
    "STATE_EXPIRED": Explanation(N_("登入花的時間太久，這次登入已失效。"), _REOPEN),
    "BROWSER_MISMATCH": Explanation(
        N_("這次登入不是從這個瀏覽器開始的，為了保護您的帳號已停止。"), _REOPEN_OR_WINDOW, 403
    ),
    "ORIGIN_FOREIGN": Explanation(
        N_("這次登入不是由學習平臺送來的，為了保護您的帳號已停止。"), _REOPEN_OR_WINDOW, 403
    ),
    "ORIGIN_HIDDEN": Explanation(
        N_("學習平臺隱藏了來源，瀏覽器又不允許 Cookie，無法確認這次登入是您本人。"),
        N_("請改在新視窗開啟，或請平臺管理員檢查 Referrer-Policy 的設定。"),
        403,
    ),
    "REPLAYED": Explanation(
        N_("這一次登入已經用過了。"),
        N_("每次登入只能使用一次。請回到課程頁面，重新點一次連結。"),
        403,
    ),
    # token
    "TOKEN_MISSING": Explanation(N_("平臺沒有送來登入憑證。"), _REOPEN),
    "TOKEN_MALFORMED": Explanation(N_("平臺送來的登入憑證無法讀取。"), _ASK_LMS_ADMIN),
    "ALGORITHM_REFUSED": Explanation(N_("登入憑證使用了不被接受的簽章方式。"), _ASK_LMS_ADMIN, 403),
    "KEY_ID_MISSING": Explanation(N_("登入憑證沒有指明簽章金鑰。"), _ASK_LMS_ADMIN, 403),
    "KEY_UNKNOWN": Explanation(
        N_("找不到平臺簽章用的金鑰。"),
        N_("平臺可能剛更換金鑰，請一分鐘後再試；若仍不行，請把代碼告訴平臺管理員。"),
        403,
    ),
    "KEY_SET_UNREACHABLE": Explanation(
        N_("目前連不上學習平臺，無法確認登入。"), N_("請稍候幾分鐘再試。"), 503
    ),
    "SIGNATURE_INVALID": Explanation(N_("登入憑證的簽章不正確。"), _ASK_LMS_ADMIN, 403),
    "ISSUER_MISMATCH": Explanation(N_("登入憑證不是這個平臺發出的。"), _ASK_LMS_ADMIN, 403),
    "AUDIENCE_MISMATCH": Explanation(N_("登入憑證不是發給歷程的。"), _ASK_LMS_ADMIN, 403),
    "AUTHORIZED_PARTY_MISMATCH": Explanation(
        N_("登入憑證是發給別的工具使用的。"), _ASK_LMS_ADMIN, 403
    ),
    "EXPIRY_MISSING": Explanation(N_("登入憑證沒有寫明有效期限。"), _ASK_LMS_ADMIN, 403),
    "ISSUED_AT_MISSING": Explanation(N_("登入憑證沒有寫明發出時間。"), _ASK_LMS_ADMIN, 403),
    "EXPIRED": Explanation(N_("登入憑證已過期。"), _REOPEN, 403),
    "TOO_OLD": Explanation(N_("登入憑證發出太久了。"), _REOPEN, 403),
    "NOT_YET_VALID": Explanation(
        N_("登入憑證的時間在未來，平臺與歷程的時鐘不一致。"), _CLOCKS, 403
    ),
    "NONCE_MISSING": Explanation(N_("登入憑證缺少一次性代碼。"), _ASK_LMS_ADMIN, 403),
    "NONCE_MISMATCH": Explanation(N_("登入憑證不屬於這一次登入。"), _REOPEN, 403),
    # claims
    "VERSION_UNSUPPORTED": Explanation(N_("平臺使用的 LTI 版本不是 1.3。"), _ASK_LMS_ADMIN),
    "MESSAGE_TYPE_UNSUPPORTED": Explanation(N_("歷程不認得平臺要求的動作。"), _ASK_LMS_ADMIN),
    "DEPLOYMENT_MISSING": Explanation(N_("登入憑證沒有寫明部署編號。"), _ASK_LMS_ADMIN),
    "DEPLOYMENT_INACTIVE": Explanation(
        N_("這個部署還沒有被學校核可。"),
        N_("已經記錄下來。請學校的歷程管理員到「平臺連線」頁面核可後，再重新開啟。"),
        403,
    ),
    "TARGET_MISSING": Explanation(N_("登入憑證沒有寫明要開啟的網址。"), _ASK_LMS_ADMIN),
    "TARGET_MISMATCH": Explanation(N_("登入前後要開啟的網址不一致。"), _ASK_LMS_ADMIN, 403),
    "USER_MISSING": Explanation(
        N_("平臺沒有說明您是誰，歷程不接受匿名使用。"),
        N_("請先登入學習平臺，再重新點一次連結。"),
        403,
    ),
    "ROLES_MISSING": Explanation(N_("平臺沒有送來您的身分。"), _ASK_LMS_ADMIN),
    "RESOURCE_LINK_MISSING": Explanation(N_("平臺沒有指明是哪一個課程活動。"), _ASK_LMS_ADMIN),
    "DEEP_LINKING_INCOMPLETE": Explanation(N_("平臺送來的選取要求不完整。"), _ASK_LMS_ADMIN),
    "FOR_USER_MISSING": Explanation(N_("平臺沒有指明是哪一位使用者的資料。"), _ASK_LMS_ADMIN),
    "REVIEW_NOT_ALLOWED": Explanation(
        N_("只有這門課的老師可以從平臺的成績簿開啟學生的成果。"),
        N_("要看自己的成果，請回到課程頁面，點選課程裡的「學習歷程」連結。"),
        403,
    ),
    "CLAIM_MALFORMED": Explanation(N_("登入憑證有一欄的格式不正確。"), _ASK_LMS_ADMIN),
    # registration
    "REGISTRATION_INCOMPLETE": Explanation(
        N_("安裝連結缺少平臺的設定網址。"),
        N_("請把安裝連結貼在平臺的「工具網址」欄，由平臺開啟，不要直接用瀏覽器開啟。"),
    ),
    "ADDRESS_REFUSED": Explanation(
        N_("平臺的網址指向內部網路或不安全的位址，已停止連線。"),
        N_("若平臺架在校內網路，請系統管理員把它加入允許的內部位址。"),
        403,
    ),
    "PLATFORM_UNREACHABLE": Explanation(
        N_("連不上學習平臺。"), N_("請確認平臺的網址可以從外部開啟，再試一次。"), 502
    ),
    "DISCOVERY_INVALID": Explanation(N_("平臺的設定文件不正確。"), _ASK_LMS_ADMIN, 502),
    "ISSUER_HOST_MISMATCH": Explanation(
        N_("平臺的識別網址與設定文件的網址不在同一臺主機。"), _TRUST_HOST, 403
    ),
    "REGISTRATION_HOST_MISMATCH": Explanation(
        N_("平臺的註冊網址與設定文件的網址不在同一個位置。"), _TRUST_HOST, 403
    ),
    "ENDPOINT_HOST_MISMATCH": Explanation(
        N_("平臺設定文件裡的登入、權杖或金鑰網址在別的主機上。"), _TRUST_HOST, 403
    ),
    "REGISTRATION_UNCERTAIN": Explanation(
        N_("安裝要求已經送出，但沒有收到學習平臺的回覆。"),
        N_(
            "平臺可能已經建立了工具。請先到平臺的工具清單查看：若已出現「歷程 Licheng」，請把它"
            "刪除，再從平臺重新開啟安裝連結；連結仍然可以使用。"
        ),
        502,
    ),
    "REGISTRATION_REFUSED": Explanation(
        N_("學習平臺拒絕了安裝。"), N_("請從平臺重新開啟一次安裝連結。"), 502
    ),
    "REGISTRATION_ANSWER_INVALID": Explanation(
        N_("學習平臺的安裝回覆不完整。"),
        N_(
            "平臺可能已經建立了工具。請先到平臺的工具清單刪除剛出現的「歷程 Licheng」，再開啟一次"
            "安裝連結；若仍然失敗，請改用「平臺連線」的手動設定。"
        ),
        502,
    ),
}


class LtiError(Exception):
    """Base of the errors of this package.

    `code` is a key of `EXPLANATIONS`; `detail` is for the log of the person who runs the tool
    and holds no personal data and no token.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        if code not in EXPLANATIONS:
            raise KeyError(code)
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail

    @property
    def explanation(self) -> Explanation:
        """The words for the page."""
        return EXPLANATIONS[self.code]


class LaunchError(LtiError):
    """A login or launch that is refused.

    `checked` is the launch (`lti.launch.Checked`) where its signature was good and something else
    was wrong; None where nothing in it can be believed.
    """

    def __init__(self, code: str, detail: str = "", checked: Any = None) -> None:
        super().__init__(code, detail)
        self.checked = checked


class RegistrationError(LtiError):
    """A dynamic registration that did not succeed.

    `platform_says` is the beginning of the platform's own error text, for the person installing.
    """

    def __init__(self, code: str, detail: str = "", platform_says: str = "") -> None:
        super().__init__(code, detail)
        self.platform_says = platform_says
