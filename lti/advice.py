"""What the person who looks after the connection does about a refused login or launch.

`lti.errors` speaks to whoever stands before the page; this speaks to the administrator reading the
launch log. One entry for every code of a login or launch.
"""

from lti.errors import N_

_NOTHING = N_(
    "通常不必處理：使用者重新從課程點一次即可。若短時間內大量出現，請看是否來自同一個平臺。"
)
_CLOCK = N_(
    "比對「時鐘差」：若每一次都偏同一個方向，請平臺管理員與本系統管理者以 NTP 校正伺服器時間；"
    "只有一次則多半是使用者停留太久。"
)
_FORGED = N_("若持續出現，可能有人嘗試偽造登入；歷程已拒絕，不需要停用平臺。請留存這一頁的紀錄。")
_PLATFORM_BUG = N_(
    "平臺送出的內容不符合 LTI 1.3 規格。請把代碼與下方「收到的欄位」交給平臺管理員或平臺廠商。"
)
_RESAVE = N_(
    "請平臺管理員在平臺重新儲存工具設定；若仍不行，從「平臺連線」建立安裝連結，再安裝一次。"
)

ADVICE: dict[str, str] = {
    "LOGIN_INCOMPLETE": N_(
        "有人直接開啟了登入啟動網址，或平臺的登入要求少了 iss、login_hint、target_link_uri。"
        "請檢查平臺上的「登入啟動網址」是否填對。"
    ),
    "ISSUER_UNKNOWN": N_(
        "平臺的 issuer 或 client_id 與「平臺連線」登記的不同。若平臺剛重新安裝或換了網址，請用新的"
        "安裝連結再安裝一次。"
    ),
    "CLIENT_AMBIGUOUS": N_(
        "同一個 issuer 登記了多次，而平臺沒有送出 client_id。請停用不再使用的登記，或請平臺送出 "
        "client_id。"
    ),
    "REGISTRATION_DISABLED": N_(
        "此平臺在「平臺連線」中已停用。要恢復時，請按「重新啟用這個平臺」。"
    ),
    "TARGET_FOREIGN": N_(
        "平臺上的工具網址不是歷程的網址。請檢查平臺的工具設定與課程活動裡填的網址，主機名稱與 "
        "https 都要相同。"
    ),
    "PLATFORM_REFUSED": N_(
        "平臺自己拒絕了登入，說明欄是平臺給的理由。access_denied 多半是平臺登入已逾時；"
        "invalid_request 請檢查平臺登記的重新導向網址。"
    ),
    "STATE_MISSING": N_(
        "有人直接開啟了啟動網址，或平臺沒有送回 state。請檢查平臺上的「登入啟動網址」。"
    ),
    "STATE_UNKNOWN": _NOTHING,
    "STATE_EXPIRED": N_("從點選到登入超過十分鐘，多半是停在平臺的登入頁。重新點一次即可。"),
    "BROWSER_MISMATCH": N_(
        "登入與啟動不在同一個瀏覽器，平臺也沒有說明來源。偶爾出現可忽略；若集中在同一個平臺，"
        "請檢查平臺是否改寫了 Origin 標頭。"
    ),
    "ORIGIN_FOREIGN": N_(
        "登入由未登記的網址送來，說明欄是那個網址。若它確實是貴校的平臺，請把它加入這個平臺的"
        "「登入會從哪些其他網址送出」；不認得時請勿加入。"
    ),
    "ORIGIN_HIDDEN": N_(
        "平臺的 Referrer-Policy 是 no-referrer，瀏覽器又不保存 Cookie。請平臺管理員改為 "
        "strict-origin-when-cross-origin；做不到時，請老師把活動設定為在新視窗開啟。"
    ),
    "REPLAYED": N_(
        "同一次登入被送出兩次，多半是使用者按了重新整理或上一頁。大量出現時可能有人重送登入資料。"
    ),
    "TOKEN_MISSING": N_(
        "平臺沒有送出 id_token。請檢查平臺是否以 form_post 送出，或中間的代理伺服器是否擋下表單。"
    ),
    "TOKEN_MALFORMED": _PLATFORM_BUG,
    "ALGORITHM_REFUSED": N_("平臺沒有使用 RS256 簽章。請平臺管理員把工具的簽章方式改為 RS256。"),
    "KEY_ID_MISSING": N_(
        "平臺的簽章沒有寫明金鑰編號（kid），無法確認是哪一把金鑰。請更新平臺或聯絡廠商。"
    ),
    "KEY_UNKNOWN": N_(
        "平臺公布的金鑰中沒有這一把。若平臺剛更換金鑰，一分鐘後會自動恢復；否則請檢查登記的金鑰網址"
        "（JWKS），並用瀏覽器開啟確認。"
    ),
    "KEY_SET_UNREACHABLE": N_(
        "歷程的伺服器連不上平臺的金鑰網址，說明欄是原因。請檢查防火牆、DNS 與平臺的憑證。"
    ),
    "ADDRESS_REFUSED": N_(
        "平臺的金鑰網址指向內部網路。若平臺架在校內，請系統管理者把它的主機名稱加入 "
        "LICHENG_LMS_PRIVATE_HOSTS。"
    ),
    "SIGNATURE_INVALID": _FORGED,
    "ISSUER_MISMATCH": N_(
        "憑證的 issuer 與登記的不同，說明欄是憑證寫的。平臺若換過網址，請重新安裝一次。"
    ),
    "AUDIENCE_MISMATCH": N_(
        "憑證是發給別的 client_id。請確認平臺上的 client_id 與「平臺連線」登記的相同。"
    ),
    "AUTHORIZED_PARTY_MISMATCH": _PLATFORM_BUG,
    "EXPIRY_MISSING": _PLATFORM_BUG,
    "ISSUED_AT_MISSING": _PLATFORM_BUG,
    "EXPIRED": _CLOCK,
    "TOO_OLD": _CLOCK,
    "NOT_YET_VALID": _CLOCK,
    "NONCE_MISSING": _PLATFORM_BUG,
    "NONCE_MISMATCH": _FORGED,
    "VERSION_UNSUPPORTED": N_(
        "平臺把工具登記成 LTI 1.1 或其他版本。請在平臺上以 LTI 1.3 重新安裝。"
    ),
    "MESSAGE_TYPE_UNSUPPORTED": N_(
        "平臺要求了歷程沒有提供的動作，說明欄是動作名稱。請檢查活動或選單項目的類型，改為一般連結。"
    ),
    "DEPLOYMENT_MISSING": _PLATFORM_BUG,
    "DEPLOYMENT_INACTIVE": N_(
        "有新的部署等待核可，或部署已停用。請到「平臺連線」核對部署編號後核可；不認得時請勿核可。"
    ),
    "TARGET_MISSING": _PLATFORM_BUG,
    "TARGET_MISMATCH": N_(
        "登入前後的目標網址不同。請檢查課程活動裡填的網址是否被平臺改寫（例如多了參數），再重新儲存活動。"
    ),
    "USER_MISSING": N_(
        "平臺以匿名方式開啟。請關閉訪客存取，或在平臺的隱私設定中允許送出使用者編號。"
    ),
    "ROLES_MISSING": _PLATFORM_BUG,
    "RESOURCE_LINK_MISSING": N_(
        "平臺沒有送出活動編號。請把連結刪除後重新加入課程；Blackboard 請改用「內容市集」加入。"
    ),
    "DEEP_LINKING_INCOMPLETE": _PLATFORM_BUG,
    "FOR_USER_MISSING": _PLATFORM_BUG,
    "REVIEW_NOT_ALLOWED": N_(
        "學生、家長或不具教師身分的帳號要求開啟某位學生的成果，已拒絕。平臺會替任何人簽發這種要求，"
        "不必處理；若同一門課反覆出現，請提醒老師有人在嘗試。"
    ),
    "CLAIM_MALFORMED": _PLATFORM_BUG,
}


def advice_for(code: str) -> str:
    """The administrator's part; a code of an installation says it on its own page."""
    return ADVICE.get(code, _RESAVE)
