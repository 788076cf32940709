"""What can go wrong between us and a platform's services, each under a stable code.

The words are Traditional Chinese source strings for the administrator who looks at the
connection; the caller translates them. Nothing of the platform's own answer is ever kept: it may
hold names or tokens.
"""

from lti.errors import N_, Explanation

_ASK_LMS_ADMIN = N_("請平臺管理員檢查歷程這個工具的服務設定與授權範圍。")
_BY_ITSELF = N_("不必處理，歷程稍後會自動再試。")

EXPLANATIONS: dict[str, Explanation] = {
    "SERVICE_UNREACHABLE": Explanation(
        N_("目前連不上學習平臺的服務。"),
        N_("歷程稍後會自動再試；若一直出現，請確認平臺的網址可以從歷程的主機連線。"),
        502,
    ),
    "TOKEN_REFUSED": Explanation(
        N_("學習平臺不肯發給歷程存取權杖。"),
        N_("請平臺管理員確認工具仍啟用、平臺連得到歷程的金鑰網址，且雙方時鐘一致。"),
        502,
    ),
    "SCOPE_REFUSED": Explanation(
        N_("學習平臺沒有授權歷程使用這項服務。"),
        N_("請平臺管理員在工具設定中開啟這項服務，再重新登錄一次。"),
        502,
    ),
    "SERVICE_REFUSED": Explanation(N_("學習平臺拒絕了這項要求。"), _ASK_LMS_ADMIN, 502),
    "SERVICE_FOREIGN": Explanation(
        N_("這項服務的網址不屬於這個學習平臺，沒有送出存取權杖。"),
        N_(
            "若那一臺主機確實是學校平臺的，請歷程管理員在「平臺連線」的「進階設定」把它加進來源；"
            "不認得時請不要加，並告訴平臺管理員。"
        ),
        502,
    ),
    "SERVICE_BUSY": Explanation(N_("學習平臺正忙，暫時無法回應。"), _BY_ITSELF, 502),
    "SERVICE_ANSWER_INVALID": Explanation(
        N_("學習平臺的回覆無法讀取。"),
        N_("這一次的回覆沒有採用，原有資料不受影響。若一直出現，請把代碼告訴平臺管理員。"),
        502,
    ),
    "SCORE_CONFLICT": Explanation(
        N_("平臺上已有同一時刻或更新的成績。"), N_("不必處理，歷程會用新的時間再送一次。"), 502
    ),
    "MEMBER_UNKNOWN": Explanation(
        N_("平臺的課程裡沒有這位學生，或這個身分不能有成績。"),
        N_("請老師確認這位學生仍在課程名單中；已退出課程的學生不會再收到成績。"),
        502,
    ),
    "COLUMN_GONE": Explanation(
        N_("成績簿裡的這一欄已經不在了。"),
        N_("歷程會重新建立一欄；若是老師刻意刪除，請在課程設定關閉成績回傳。"),
        502,
    ),
    "PAGES_ENDLESS": Explanation(
        N_("學習平臺的名單一頁接一頁，沒有結束。"),
        N_("這一次的名單沒有採用。請平臺管理員檢查名單服務。"),
        502,
    ),
}

_RETRIED = frozenset({"SERVICE_UNREACHABLE", "SERVICE_BUSY", "SCORE_CONFLICT"})


class ServiceError(Exception):
    """A service that did not do what was asked.

    :ivar code: a key of `EXPLANATIONS`.
    :ivar detail: for the log of the person who runs the tool; no personal data, no token, none of
        the platform's text.
    :ivar retry: whether the same call may succeed later without anybody doing anything.
    :ivar retry_after: seconds that the platform asks to wait, if it said so.
    :ivar status: HTTP status of the refusal, if there was an answer.
    :ivar about_time: the refusal speaks of a timestamp.
    :ivar about_scope: it speaks of a scope that is missing (RFC 6750 §3.1). These two words are
        all that is taken from its text.
    """

    def __init__(
        self,
        code: str,
        detail: str = "",
        *,
        retry_after: float | None = None,
        status: int | None = None,
        about_time: bool = False,
        about_scope: bool = False,
    ) -> None:
        if code not in EXPLANATIONS:
            raise KeyError(code)
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail
        self.retry = code in _RETRIED
        self.retry_after = retry_after
        self.status = status
        self.about_time = about_time
        self.about_scope = about_scope

    @property
    def explanation(self) -> Explanation:
        """The words for the administrator's page."""
        return EXPLANATIONS[self.code]
