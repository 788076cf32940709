"""The self-check of the connections: everything that can be found out without a person's launch.

All calls go out at the same time, each with a short limit, and the page waits for none longer than
`PATIENCE`: whatever has not answered by then is shown as slow. Our own address comes from the
settings and is the only one that may lie inside our network.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from flask import current_app
from flask_babel import format_timedelta, gettext
from flask_babel import gettext as _

from lti import keys
from lti import vocabulary as v
from lti.http import AddressError, AddressGuard, Answer, GuardedClient, HttpError, Limits
from lti.keyset import parse_key_set
from lti.ports import KeyPair, Platform
from lti.registration import SCOPES
from lti.services.errors import ServiceError
from lti.services.tokens import read_token, token_request
from plugin import clock
from plugin.entrance import queries, rules
from plugin.entrance.models import Registration, RegistrationState
from plugin.entrance.operations import stores
from plugin.settings import Settings

LIMITS = Limits(seconds=6.0, pause=5.0)
PATIENCE = 8.0
"""Seconds that the page waits for all calls together."""
NEAR, FAR = 10, 60
"""Seconds by which clocks may differ: unnoticed, and until launches are refused."""
QUIET = timedelta(days=30)
MOST_PLATFORMS = 20
_KEY_SET_PATH = "/lti/jwks"
_FORM = "application/x-www-form-urlencoded"

_POOL = ThreadPoolExecutor(max_workers=8, thread_name_prefix="connection-check")
"""Bounded for the process: whoever reloads the page makes nobody call more at a time."""


class Tone(enum.StrEnum):
    """How it stands, as `components/state.html` colours it."""

    GOOD = "good"
    WAIT = "wait"
    BAD = "bad"


@dataclass(frozen=True)
class Finding:
    """One row: what was looked at, how it stands, what was seen, what to do next."""

    about: str
    tone: Tone
    seen: str
    todo: str = ""


@dataclass(frozen=True)
class Checked:
    """The whole page."""

    own: list[Finding]
    platforms: list[tuple[Registration, list[Finding]]]

    @property
    def faults(self) -> int:
        """How many rows somebody should look at."""
        return sum(row.tone is not Tone.GOOD for row in self._rows())

    @property
    def broken(self) -> int:
        """How many rows keep people out or services from working."""
        return sum(row.tone is Tone.BAD for row in self._rows())

    def _rows(self) -> list[Finding]:
        return [*self.own, *(row for _one, found in self.platforms for row in found)]


@dataclass(frozen=True)
class _Seen:
    """What a call brought: an answer or the reason why there is none, and when."""

    at: datetime
    answer: Answer | None = None
    reason: str = ""
    refused: bool = False

    @property
    def drift(self) -> int | None:
        """Seconds that the other clock is ahead of ours, by the Date header."""
        if self.answer is None:
            return None
        try:
            theirs = parsedate_to_datetime(self.answer.headers.get("date", ""))
        except (TypeError, ValueError):
            return None
        theirs = theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC)
        return round((theirs - self.at).total_seconds())


def check(school_id: int, seen_origin: str, forwarded: bool) -> Checked:
    """Look at everything.

    :param seen_origin: scheme and host under which this request came in.
    :param forwarded: a proxy said that it forwards.
    """
    settings: Settings = current_app.extensions["licheng.settings"]
    now: clock.Clock = current_app.extensions["licheng.clock"]
    outside: GuardedClient = current_app.extensions["licheng.lms_client"]
    host = urlsplit(settings.public_url).hostname or ""
    inside = GuardedClient(AddressGuard([host], allow_http=settings.development))
    pairs = stores.Keys().all()  # looking makes none: the first platform does
    found = [
        one
        for one, _deployments in queries.connections(school_id)[:MOST_PLATFORMS]
        if pairs and one.state is not RegistrationState.DISABLED
    ]
    own = _POOL.submit(_look, inside, settings.public_url + _KEY_SET_PATH, now)
    calls: list[tuple[Future[_Seen], Future[ServiceError | None]]] = []
    for one in found:
        platform = stores.platform_of(one.id)
        looked = _POOL.submit(_look, outside, platform.key_set_url, now)
        signer = keys.signing_key(pairs, clock.now())
        asked = _POOL.submit(_ask_token, outside, platform, signer, _scopes(one), now)
        calls.append((looked, asked))
    everything: list[Future[Any]] = [own, *(call for pair in calls for call in pair)]
    wait(everything, timeout=PATIENCE)
    for call in everything:
        call.cancel()  # what has not begun by now is not begun any more
    return Checked(
        own=[
            _https(settings),
            _proxy(settings, seen_origin, forwarded),
            _own_keys(_result(own), pairs),
            *_clock(_result(own), _("歷程前端的時鐘")),
            _cookies(settings),
        ],
        platforms=[
            (
                one,
                [
                    *_rules(one),
                    _their_keys(_result(looked)),
                    _token(asked),
                    *_clock(_result(looked), _("平臺的時鐘")),
                    _last_launch(queries.last_launch(school_id, one.id)),
                ],
            )
            for one, (looked, asked) in zip(found, calls, strict=True)
        ],
    )


# The calls: in other threads, without the application ---------------------------------------------


def _look(client: GuardedClient, url: str, now: Callable[[], datetime]) -> _Seen:
    try:
        answer = client.get(url, limits=LIMITS)
    except AddressError as refused:
        return _Seen(now(), reason=refused.reason, refused=True)
    except HttpError as failure:
        return _Seen(now(), reason=failure.reason)
    return _Seen(now(), answer)


def _ask_token(
    client: GuardedClient,
    platform: Platform,
    key: KeyPair,
    scopes: frozenset[str],
    now: Callable[[], datetime],
) -> ServiceError | None:
    """Ask for a token as the services do; it is used for nothing and kept nowhere."""
    at = now()
    form = token_request(platform, key, scopes, at)
    try:
        answer = client.post(platform.token_url, form, _FORM, limits=LIMITS)
        read_token(answer, scopes, at)
    except AddressError as refused:
        return ServiceError("SERVICE_REFUSED", refused.reason)
    except HttpError as failure:
        return ServiceError("SERVICE_UNREACHABLE", failure.reason)
    except ServiceError as failure:
        return failure
    return None


def _scopes(registration: Registration) -> frozenset[str]:
    granted = frozenset(registration.scopes) & frozenset(SCOPES)
    return granted or frozenset({v.SCOPE_ROSTER})


def _result(call: Future[_Seen]) -> _Seen | None:
    """None: it has not answered yet."""
    return call.result() if call.done() and not call.cancelled() else None


# What they mean -----------------------------------------------------------------------------------


def _https(settings: Settings) -> Finding:
    about, url = _("對外網址"), settings.public_url
    if settings.secure:
        return Finding(about, Tone.GOOD, url)
    todo = _("正式使用請改為 https，並設定 LICHENG_PUBLIC_URL=https://…；平臺不接受 http 的工具。")
    return Finding(about, Tone.WAIT if settings.development else Tone.BAD, url, todo)


def _proxy(settings: Settings, seen: str, forwarded: bool) -> Finding:
    about = _("反向代理")
    if seen == settings.public_url:
        return Finding(about, Tone.GOOD, _("這一頁就是從對外網址開啟的。"))
    told = _("這一頁看來是從 %(seen)s 開啟的，與對外網址不同。", seen=seen)
    if forwarded and not settings.proxy_hops:
        todo = _("前面有代理伺服器：請設定 LICHENG_PROXY_HOPS=1（代理的層數），重新啟動。")
    else:
        todo = _(
            "請讓代理伺服器傳送 X-Forwarded-Proto 與 X-Forwarded-Host，並核對 LICHENG_PUBLIC_URL 與"
            " LICHENG_PROXY_HOPS。"
        )
    return Finding(about, Tone.BAD, told, todo)


def _own_keys(seen: _Seen | None, pairs: Sequence[KeyPair]) -> Finding:
    about = _("歷程的公開金鑰")
    if (broken := _unreadable(about, seen)) is not None:
        todo = _(
            "平臺的伺服器也要讀得到這個網址。請檢查網域名稱、防火牆與憑證；若從外面開得到、只有主機"
            "自己連不到，可以不處理。"
        )
        return Finding(about, broken.tone, broken.seen, todo)
    assert seen is not None
    assert seen.answer is not None
    try:
        published = parse_key_set(seen.answer.json())
    except HttpError:
        published = {}
    mine = {pair.kid for pair in pairs}
    if not mine:
        told = _("還沒有金鑰。")
        return Finding(about, Tone.WAIT, told, _("安裝第一個平臺時會產生，之後再檢查一次。"))
    if mine <= set(published):
        return Finding(about, Tone.GOOD, _("%(count)s 把金鑰，內容相符。", count=len(mine)))
    told = _("從對外網址讀到的不是這一套系統的金鑰。")
    todo = _(
        "對外網址可能指到另一套系統，或代理伺服器快取了舊的內容。平臺會因此不接受歷程的服務要求。"
    )
    return Finding(about, Tone.BAD, told, todo)


def _rules(registration: Registration) -> list[Finding]:
    """What stands against it by rules that came after it; nothing where nothing does."""
    todo = _("請在「進階設定」改正，或到「手動設定」用相同的識別網址與 client_id 重新填寫。")
    return [
        Finding(_("登錄的資料"), Tone.BAD, text, todo) for text in rules.objections(registration)
    ]


def _their_keys(seen: _Seen | None) -> Finding:
    about = _("平臺的公開金鑰")
    if (broken := _unreadable(about, seen)) is not None:
        return broken
    assert seen is not None
    assert seen.answer is not None
    try:
        found = parse_key_set(seen.answer.json())
    except HttpError:
        found = {}
    if found:
        return Finding(about, Tone.GOOD, _("讀到 %(count)s 把金鑰。", count=len(found)))
    told = _("讀到的內容不是金鑰組。")
    todo = _("登入會失敗。請核對「平臺公開金鑰組網址」，或請平臺管理員檢查。")
    return Finding(about, Tone.BAD, told, todo)


def _unreadable(about: str, seen: _Seen | None) -> Finding | None:
    """The row of a key set that could not be fetched; None if it could."""
    if seen is None:
        todo = _("請稍後再檢查一次；若一直如此，平臺可能過載或被防火牆擋住。")
        return Finding(about, Tone.WAIT, _("在時限內沒有回應。"), todo)
    if seen.refused:
        told = _("網址指向內部網路或不安全的位址，已停止連線。")
        todo = _(
            "平臺架在校內網路時，請系統管理員設定 LICHENG_LMS_PRIVATE_HOSTS，把平臺的主機加進去。"
        )
        return Finding(about, Tone.BAD, told, todo)
    if seen.answer is None:
        told = _("連不上（%(reason)s）。", reason=seen.reason)
    elif seen.answer.status != 200:
        told = _("回覆狀態 %(status)s。", status=seen.answer.status)
    else:
        return None
    todo = _("登入會失敗。請檢查防火牆、憑證，以及網址是否正確。")
    return Finding(about, Tone.BAD, told, todo)


def _token(call: Future[ServiceError | None]) -> Finding:
    about = _("服務權杖（名單、成績）")
    if not call.done() or call.cancelled():
        return Finding(about, Tone.WAIT, _("在時限內沒有回應。"), _("請稍後再檢查一次。"))
    failure = call.result()
    if failure is None:
        return Finding(about, Tone.GOOD, _("平臺發給了權杖。"))
    told = failure.explanation
    seen = _("%(title)s（%(code)s）", title=gettext(told.title), code=failure.code)
    tone = Tone.WAIT if failure.retry else Tone.BAD
    return Finding(about, tone, seen, gettext(told.todo))


def _clock(seen: _Seen | None, about: str) -> list[Finding]:
    drift = seen.drift if seen is not None else None
    if drift is None:
        return []  # nothing was heard; another row says so
    ahead = abs(drift)
    if ahead <= NEAR:
        return [Finding(about, Tone.GOOD, _("相差 %(seconds)s 秒。", seconds=ahead))]
    if drift > 0:
        told = _("比歷程快 %(seconds)s 秒。", seconds=ahead)
    else:
        told = _("比歷程慢 %(seconds)s 秒。", seconds=ahead)
    todo = _("請在兩臺主機都啟用網路校時（NTP）；相差超過一分鐘，登入就會被拒絕。")
    return [Finding(about, Tone.WAIT if ahead <= FAR else Tone.BAD, told, todo)]


def _cookies(settings: Settings) -> Finding:
    about = _("登入用的 Cookie")
    if settings.secure:
        return Finding(about, Tone.GOOD, "Secure; SameSite=None; Partitioned; HttpOnly")
    told = _("瀏覽器不會在 http 網站保留 Secure 的 Cookie（localhost 除外）。")
    todo = _("改用 https 後就會保留；在那之前，登入階段只靠網址。")
    return Finding(about, Tone.WAIT, told, todo)


def _last_launch(at: datetime | None) -> Finding:
    about = _("最近一次進入")
    if at is None:
        todo = _("請從平臺的課程點開歷程一次，確認可以進入。")
        return Finding(about, Tone.WAIT, _("還沒有人從這個平臺進來。"), todo)
    past = clock.now() - at
    told = _("%(time)s前", time=format_timedelta(past, granularity="minute"))
    if past <= QUIET:
        return Finding(about, Tone.GOOD, told)
    return Finding(about, Tone.WAIT, told, _("若不在假期，請從課程點開一次，確認仍可進入。"))
