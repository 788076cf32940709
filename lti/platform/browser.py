"""A browser without a screen: follows links, fills forms, obeys auto-submitting pages.

It is what the tests and ``make story`` sit people in front of. Requests go over real HTTP; cookies
behave as a browser's do on loopback (``Secure`` cookies are sent back to http://localhost), and the
cookies of chosen hosts can be blocked, which is what a cross-site iframe means to the tool.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urljoin

import requests

TIMEOUT = 60.0
"""Seconds a page may take."""

VOID_BUTTONS = frozenset({"submit", "image"})


@dataclass
class Form:
    """One form of a page: where it goes, what it holds, how its buttons read."""

    action: str
    method: str
    id: str = ""
    fields: list[tuple[str, str]] = field(default_factory=list)
    choices: dict[str, list[str]] = field(default_factory=dict)
    """Every value offered by select, radio and checkbox fields."""
    labels: dict[tuple[str, str], str] = field(default_factory=dict)
    """Text of each option of a select, by (field, value)."""
    files: list[str] = field(default_factory=list)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)
    """(name, value, text) of each submit button."""

    def value(self, name: str) -> str | None:
        """The first value that the form would send for ``name``."""
        return next((value for key, value in self.fields if key == name), None)

    def data(self, changes: Mapping[str, Any] | None = None) -> list[tuple[str, str]]:
        """The form's content with ``changes``; None leaves a field out, a list sends it often."""
        changes = dict(changes or {})
        sent = [(name, value) for name, value in self.fields if name not in changes]
        for name, value in changes.items():
            values = value if isinstance(value, (list, tuple)) else [value]
            sent += [(name, str(one)) for one in values if one is not None]
        return sent


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []
        self.frames: list[str] = []
        self.title = ""
        self._form: Form | None = None
        self._text: list[str] | None = None
        self._open: tuple[str, dict[str, str]] | None = None
        self._select = ""
        self._picked = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = {name: value or "" for name, value in attrs}
        if tag == "form":
            method = at.get("method", "get").lower()
            self._form = Form(at.get("action", ""), method, at.get("id", ""))
            self.forms.append(self._form)
        elif tag == "iframe" and "hidden" not in at:
            self.frames.append(at.get("src", ""))
        elif tag in {"a", "button", "textarea", "title", "option"}:
            self._text, self._open = [], (tag, at)
        elif tag == "select":
            self._select, self._picked = at.get("name", ""), False
        elif tag == "input" and self._form is not None and "disabled" not in at:
            self._input(self._form, at)

    def _input(self, form: Form, at: dict[str, str]) -> None:
        kind, name = at.get("type", "text").lower(), at.get("name", "")
        value = at.get("value", "on" if kind in {"checkbox", "radio"} else "")
        if kind in VOID_BUTTONS:
            form.buttons.append((name, value, value))
        elif kind == "file":
            form.files.append(name)
        elif kind in {"checkbox", "radio"}:
            form.choices.setdefault(name, []).append(value)
            if "checked" in at:
                form.fields.append((name, value))
        elif name and kind not in {"button", "reset"}:
            form.fields.append((name, value))

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._end_select()
        if self._open is None or self._open[0] != tag or self._text is None:
            return
        at, raw = self._open[1], "".join(self._text)
        text = " ".join(raw.split())
        self._text = self._open = None
        if tag == "title":
            self.title = text
        elif tag == "a" and "href" in at:
            self.links.append((text, at["href"]))
        elif self._form is not None:
            self._end_in_form(self._form, tag, at, text, raw)

    def _end_in_form(self, form: Form, tag: str, at: dict[str, str], text: str, raw: str) -> None:
        if tag == "button" and at.get("type", "submit") == "submit":
            form.buttons.append((at.get("name", ""), at.get("value", ""), text))
        elif tag == "textarea" and at.get("name"):
            form.fields.append((at["name"], raw.removeprefix("\n")))
        elif tag == "option" and self._select:
            value = at.get("value", text)
            form.choices.setdefault(self._select, []).append(value)
            form.labels[self._select, value] = text
            if "selected" in at:
                form.fields.append((self._select, value))
                self._picked = True

    def _end_select(self) -> None:
        form, name = self._form, self._select
        self._select = ""
        if form is not None and name and not self._picked and form.choices.get(name):
            form.fields.append((name, form.choices[name][0]))


def forms_in(html: str) -> list[Form]:
    """The forms of a page."""
    reader = _Reader()
    reader.feed(html)
    return reader.forms


class Page:
    """One answer: status, text, forms, links."""

    def __init__(self, response: requests.Response) -> None:
        self.response = response
        self.status, self.url = response.status_code, response.url
        self.content = response.content
        self._read: _Reader | None = None

    @property
    def text(self) -> str:
        return self.response.text

    def _reader(self) -> _Reader:
        if self._read is None:
            self._read = _Reader()
            self._read.feed(self.text)
        return self._read

    @property
    def title(self) -> str:
        return self._reader().title

    @property
    def forms(self) -> list[Form]:
        return self._reader().forms

    @property
    def frames(self) -> list[str]:
        return [urljoin(self.url, src) for src in self._reader().frames]

    @property
    def links(self) -> list[tuple[str, str]]:
        """(text, absolute address) of every link."""
        return [(text, urljoin(self.url, href)) for text, href in self._reader().links]

    def form(self, *, action: str = "", button: str = "", field: str = "") -> Form:
        """The first form whose action, some button text and some field name contain these.

        Raises:
            LookupError: no form of the page does.
        """
        for form in self.forms:
            names = [name for name, _ in form.fields] + list(form.choices) + form.files
            if (
                action in form.action
                and any(button in text for *_, text in form.buttons or [("", "", "")])
                and (not field or field in names)
            ):
                return form
        raise LookupError(f"no form {action!r} {button!r} {field!r} on {self.url} ({self.status})")

    def link(self, *, text: str = "", href: str = "") -> str:
        """Address of the first link whose text and address contain these.

        Raises:
            LookupError: no link of the page does.
        """
        for label, address in self.links:
            if text in label and href in address:
                return address
        raise LookupError(f"no link {text!r} {href!r} on {self.url} ({self.status})")


class _Policy(DefaultCookiePolicy):
    """Browsers treat loopback as secure, cookiejar does not; and hosts can be blocked."""

    def __init__(self, blocked: Collection[str]) -> None:
        super().__init__(secure_protocols=("http", "https"))
        self._blocked = frozenset(blocked)

    def set_ok(self, cookie: Any, request: Any) -> bool:
        return request.host.partition(":")[0] not in self._blocked and super().set_ok(
            cookie, request
        )


class _Session(requests.Session):
    """A session that asks its own policy which cookies to send; requests asks a default one."""

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        prepared = super().prepare_request(request)
        jar = requests.cookies.RequestsCookieJar(policy=self.cookies.get_policy())
        jar.update(self.cookies)
        prepared.headers.pop("Cookie", None)
        prepared.prepare_cookies(jar)
        return prepared


class Browser:
    """One person's browser.

    Args:
        block_cookies_of: host names whose cookies are neither kept nor sent.
        language: the Accept-Language header.
    """

    def __init__(
        self, *, block_cookies_of: Collection[str] = (), language: str = "zh-TW,zh;q=0.9"
    ) -> None:
        self.http = _Session()
        self.http.trust_env = False
        self.http.headers["Accept-Language"] = language
        self.http.headers["User-Agent"] = "Licheng-Browser/1.0"
        self.http.cookies.set_policy(_Policy(block_cookies_of))
        self.posted: list[tuple[str, dict[str, str]]] = []
        """Every auto-submitted form, oldest first: a launch can be replayed from here."""

    def get(self, url: str, **options: Any) -> Page:
        return self._follow(Page(self.http.get(url, timeout=TIMEOUT, **options)))

    def post(self, url: str, data: Any = None, **options: Any) -> Page:
        return self._follow(Page(self.http.post(url, data=data, timeout=TIMEOUT, **options)))

    def submit(
        self,
        page: Page,
        form: Form,
        changes: Mapping[str, Any] | None = None,
        *,
        button: str = "",
        files: Any = None,
    ) -> Page:
        """Send a form of ``page``, pressing the button that reads ``button`` (default: the first).

        Args:
            files: as ``requests`` takes them: {field: (name, bytes, type)} or a list of pairs.
        """
        sent = form.data(changes)
        pressed = [b for b in form.buttons if button in b[2]][:1]
        sent += [(name, value) for name, value, _ in pressed if name]
        url = urljoin(page.url, form.action)
        headers = {"Referer": page.url}
        if form.method == "get":
            return self.get(url, params=sent, headers=headers)
        if files is None and form.files:
            files = [(name, ("", b"", "application/octet-stream")) for name in form.files]
        return self.post(url, sent, files=files, headers=headers)

    def _follow(self, page: Page) -> Page:
        """Obey auto-submitting forms, as the script on such a page does."""
        for _ in range(10):
            form = next((f for f in self._forms(page) if f.id == "autopost"), None)
            if form is None:
                return page
            action, fields = urljoin(page.url, form.action), dict(form.fields)
            self.posted.append((action, fields))
            page = Page(self.http.post(action, data=fields, timeout=TIMEOUT))
        raise RuntimeError(f"auto-submitting forms without end at {page.url}")

    @staticmethod
    def _forms(page: Page) -> list[Form]:
        kind = page.response.headers.get("Content-Type", "")
        return page.forms if kind.startswith("text/html") else []
