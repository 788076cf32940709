"""Setting up by hand: what to type into each platform, and where that platform's addresses are.

Labels are those on the platforms' own pages, in their Chinese and English where they have both.
Sources: Moodle 4.5 "configure a tool manually"; Canvas "Configuring" (developer keys);
Brightspace "Register an external learning tool for LTI Advantage"; Blackboard developer portal.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from lti.errors import N_
from lti.login import origin_of
from lti.registration import CUSTOM_PARAMETERS, Tool


@dataclass(frozen=True, slots=True)
class Value:
    """One field of the platform's form. `fixed` values are chosen there, not pasted."""

    label: str
    value: str
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Addresses:
    """A platform's own addresses; `{site}` is the school's site, `{client}` the client id."""

    issuer: str = ""
    auth_login_url: str = ""
    token_url: str = ""
    key_set_url: str = ""
    authorization_server: str = ""


@dataclass(frozen=True, slots=True)
class Platform:
    """How one product is set up by hand.

    :ivar key: part of the page's address.
    :ivar family: `lti.products` family.
    :ivar site_wanted: its addresses follow from the address of the school's site.
    :ivar editions: (key, label, addresses), where it has several sets of servers.
    """

    key: str
    family: str
    title: str
    values: tuple[Value, ...]
    addresses: Addresses = Addresses()
    site_wanted: bool = False
    editions: tuple[tuple[str, str, Addresses], ...] = ()
    where: str = ""

    def filled(self, site: str = "", edition: str = "") -> Addresses:
        """The addresses to begin with; "" where only the platform's page can tell."""
        chosen = next((one for key, _, one in self.editions if key == edition), self.addresses)
        if self.site_wanted and not site:
            return Addresses()
        return _with(chosen, site=site)


def _canvas(middle: str) -> Addresses:
    sso = f"https://sso.{middle}canvaslms.com"
    return Addresses(
        issuer=f"https://canvas.{middle}instructure.com",
        auth_login_url=f"{sso}/api/lti/authorize_redirect",
        token_url=f"{sso}/login/oauth2/token",
        key_set_url=f"{sso}/api/lti/security/jwks",
    )


_EDITIONS = (
    ("production", N_("正式環境"), _canvas("")),
    ("beta", N_("測試版 Beta"), _canvas("beta.")),
    ("test", N_("測試環境 Test"), _canvas("test.")),
)

PLATFORMS = {
    one.key: one
    for one in (
        Platform(
            "moodle",
            "moodle",
            "Moodle",
            (
                Value(N_("工具名稱 Tool name"), "{name}"),
                Value(N_("工具網址 Tool URL"), "{launch}"),
                Value(N_("LTI 版本 LTI version"), "LTI 1.3", fixed=True),
                Value(N_("公開金鑰類型 Public key type"), N_("金鑰組網址 Keyset URL"), fixed=True),
                Value(N_("公開金鑰組 Public keyset"), "{keys}"),
                Value(N_("啟動登入網址 Initiate login URL"), "{login}"),
                Value(N_("重新導向網址 Redirection URI(s)"), "{launch}"),
                Value(N_("自訂參數 Custom parameters"), "{custom}"),
                Value(
                    N_("工具設定的使用方式 Tool configuration usage"),
                    N_("顯示在活動選單並作為預先設定的工具"),
                    fixed=True,
                ),
                Value(N_("支援深層連結 Supports Deep Linking"), N_("勾選這一項"), fixed=True),
                Value(N_("內容選擇網址 Content Selection URL"), "{launch}"),
                Value(
                    N_("成績服務 Assignment and Grade Services"),
                    N_("使用這項服務同步成績並管理欄位"),
                    fixed=True,
                ),
                Value(
                    N_("名單服務 Names and Role Provisioning"),
                    N_("使用這項服務取得成員資料"),
                    fixed=True,
                ),
                Value(N_("隱私：分享姓名、電子郵件"), N_("總是 Always"), fixed=True),
            ),
            Addresses(
                issuer="{site}",
                auth_login_url="{site}/mod/lti/auth.php",
                token_url="{site}/mod/lti/token.php",  # noqa: S106  (an address)
                key_set_url="{site}/mod/lti/certs.php",
            ),
            site_wanted=True,
            where=N_("在工具卡片上按「檢視設定細節」（放大鏡），就會看到下列各項。"),
        ),
        Platform(
            "canvas",
            "canvas",
            "Canvas",
            (
                Value(N_("重新導向網址 Redirect URIs"), "{launch}"),
                Value(N_("方法 Method"), N_("輸入網址 Enter URL"), fixed=True),
                Value("JSON URL", "{canvas}"),
            ),
            _canvas(""),
            editions=_EDITIONS,
            where=N_(
                "client_id 是「開發者金鑰」清單「詳細資料」欄的數字；部署編號在「設定 → 應用程式」"
                "的齒輪選單，可以不填。"
            ),
        ),
        Platform(
            "brightspace",
            "desire2learn",
            "Brightspace",
            (
                Value("Name", "{name}"),
                Value("Domain", "{base}"),
                Value("Redirect URLs", "{launch}"),
                Value("OpenID Connect Login URL", "{login}"),
                Value("Target Link URI", "{launch}"),
                Value("Keyset URL", "{keys}"),
                Value(
                    "Extensions",
                    "Assignment and Grade Services, Deep Linking, Names and Role Provisioning "
                    "Services",
                    fixed=True,
                ),
                Value("Substitution / Custom Parameters", "{custom}"),
            ),
            Addresses(
                issuer="{site}",
                auth_login_url="{site}/d2l/lti/authenticate",
                token_url="https://auth.brightspace.com/core/connect/token",  # noqa: S106
                key_set_url="{site}/d2l/.well-known/jwks",
                authorization_server="https://api.brightspace.com/auth/token",
            ),
            site_wanted=True,
            where=N_(
                "儲存註冊後，頁面下方會列出 Client Id、Brightspace Keyset URL、OAuth2 Access "
                "Token URL、OpenID Connect Authentication Endpoint、Brightspace OAuth2 Audience "
                "與 Issuer；部署編號在部署頁面。"
            ),
        ),
        Platform(
            "blackboard",
            "blackboard",
            "Blackboard",
            (
                Value("Application Name", "{name}"),
                Value("Domain(s)", "{host}"),
                Value("Login Initiation URL", "{login}"),
                Value("Tool Redirect URL(s)", "{launch}"),
                Value("Tool JWKS URL", "{keys}"),
                Value("Signing Algorithm", "RS256", fixed=True),
                Value("Custom Parameters", "{custom}"),
            ),
            Addresses(
                issuer="https://blackboard.com",
                auth_login_url="https://developer.blackboard.com/api/v1/gateway/oidcauth",
                token_url=(  # noqa: S106
                    "https://developer.blackboard.com/api/v1/gateway/oauth2/jwttoken"
                ),
                key_set_url=(
                    "https://developer.blackboard.com/api/v1/management/applications/{client}"
                    "/jwks.json"
                ),
            ),
            where=N_(
                "註冊後，開發者網站會列出 Application ID（就是 client_id）與四個網址；部署編號在"
                "學校的 Blackboard「LTI 工具提供者」。"
            ),
        ),
        Platform(
            "other",
            "",
            N_("其他平臺"),
            (
                Value(N_("工具名稱"), "{name}"),
                Value(N_("工具網址（target link URI）"), "{launch}"),
                Value(N_("登入啟動網址（initiate login URL）"), "{login}"),
                Value(N_("重新導向網址（redirect URI）"), "{launch}"),
                Value(N_("深層連結網址（deep linking URL）"), "{launch}"),
                Value(N_("公開金鑰組網址（JWKS URL）"), "{keys}"),
                Value(N_("網域（domain）"), "{host}"),
                Value(N_("自訂參數（custom parameters）"), "{custom}"),
            ),
            where=N_("平臺的 LTI 1.3 設定頁會列出下列各項，名稱可能略有不同。"),
        ),
    )
}


def values_of(platform: Platform, tool: Tool) -> list[Value]:
    """The fields of a platform's form with this tool's addresses in them. Labels and fixed values
    are source strings, to be translated where they are shown."""
    parts = {
        "name": tool.name,
        "base": tool.base_url,
        "host": tool.domain,
        "launch": tool.base_url + tool.launch_path,
        "login": tool.base_url + tool.login_path,
        "keys": tool.base_url + tool.key_set_path,
        "canvas": f"{tool.base_url}/lti/canvas.json",
        "custom": "\n".join(f"{name}={value}" for name, value in CUSTOM_PARAMETERS.items()),
    }
    return [one if one.fixed else replace(one, value=_put(one.value, parts)) for one in
            platform.values]  # fmt: skip


def site_of(text: str) -> str:
    """The site's address as typed, without trailing slash; its path stays (a Moodle may live at
    `/moodle`). "" if it is no web address."""
    text = text.strip().rstrip("/")
    if text and "://" not in text:
        text = f"https://{text}"
    if not origin_of(text) or len(text) > 200:
        return ""
    path = urlsplit(text).path
    return origin_of(text) + path


def _put(text: str, parts: Mapping[str, str]) -> str:
    for name, value in parts.items():
        text = text.replace("{" + name + "}", value)
    return text


def _with(addresses: Addresses, *, site: str) -> Addresses:
    parts = {"site": site}
    return Addresses(
        _put(addresses.issuer, parts),
        _put(addresses.auth_login_url, parts),
        _put(addresses.token_url, parts),
        _put(addresses.key_set_url, parts),
        _put(addresses.authorization_server, parts),
    )
