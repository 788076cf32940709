"""The platform's storage as a proof of the browser: what counts, and what a stranger can say."""

from dataclasses import replace

import pytest

from lti import storage
from lti.browser import Browser, Proof, StorageUnasked, check_browser
from lti.ports import Transaction
from tests.lti.support import ISSUER, FakePlatform, refused

OWN = "https://licheng.example"
SECRET = b"a secret of the tests"
EVIL = "https://evil.example"


@pytest.fixture
def transaction(platform: FakePlatform) -> Transaction:
    """A login in a frame of a platform that has a storage."""
    return replace(platform.transaction(), storage_target="post_message_forwarding")


def second(transaction: Transaction, first_origin: str | None, sent_by: str | None, **changes: str):
    """The browser after our page has posted the launch again."""
    form = {
        "state": transaction.state,
        storage.POSTED_BY: first_origin or "",
        storage.SEAL: storage.seal_of(SECRET, transaction.state, first_origin),
        storage.PROOF: storage.proof_of(SECRET, transaction.state),
    } | changes
    return storage.second_post(form, Browser(None, sent_by), {OWN}, SECRET)


def test_the_storage_is_asked_before_the_origin(transaction):
    with pytest.raises(StorageUnasked) as asked:
        check_browser(transaction, Browser(None, ISSUER))
    assert asked.value.transaction is transaction


def test_the_cookie_makes_the_question_needless(transaction):
    assert check_browser(transaction, Browser(transaction.browser, EVIL)) is Proof.COOKIE


def test_a_platform_without_storage_is_not_asked(platform: FakePlatform):
    assert check_browser(platform.transaction(), Browser(None, ISSUER)) is Proof.ORIGIN


@pytest.mark.parametrize("first_origin", [ISSUER, EVIL, "null", None])
def test_what_the_storage_held_proves_the_browser_whoever_posted_first(transaction, first_origin):
    """Also a platform that posts from a host nobody listed."""
    browser = second(transaction, first_origin, OWN)
    assert check_browser(transaction, browser) is Proof.STORAGE


@pytest.mark.parametrize(
    ("first_origin", "outcome"),
    [
        (ISSUER, Proof.ORIGIN),
        (EVIL, "ORIGIN_FOREIGN"),
        ("null", "ORIGIN_HIDDEN"),
        (None, Proof.UNSAID),
    ],
)
@pytest.mark.parametrize("answer", ["", "something else", "é"])
def test_a_silent_storage_leaves_it_to_the_origin_of_the_first_post(
    transaction, first_origin, outcome, answer
):
    browser = second(transaction, first_origin, OWN, **{storage.PROOF: answer})
    if isinstance(outcome, Proof):
        assert check_browser(transaction, browser) is outcome
    else:
        with refused(outcome):
            check_browser(transaction, browser)


@pytest.mark.parametrize(
    ("sent_by", "code"),
    [
        (EVIL, "ORIGIN_FOREIGN"),
        ("null", "ORIGIN_HIDDEN"),
        (f"{OWN}.evil.example", "ORIGIN_FOREIGN"),
    ],
)
def test_a_strangers_page_with_the_proof_of_his_own_login(transaction, sent_by, code):
    """He knows state, proof and seal of his login; the browser says that his page posts them."""
    browser = second(transaction, ISSUER, sent_by)
    assert not browser.stored
    with refused(code):
        check_browser(transaction, browser)


def test_the_origin_of_the_first_post_is_believed_under_our_seal_only(transaction):
    browser = second(transaction, EVIL, OWN, **{storage.POSTED_BY: ISSUER})
    assert not browser.stored
    with refused("ORIGIN_FOREIGN"):
        check_browser(transaction, browser)


def test_a_proof_and_a_seal_are_of_one_login(platform, transaction):
    other = platform.transaction()
    proof, seal = (
        storage.proof_of(SECRET, other.state),
        storage.seal_of(SECRET, other.state, ISSUER),
    )
    assert not second(transaction, ISSUER, OWN, **{storage.PROOF: proof}).stored
    with refused("ORIGIN_FOREIGN"):
        check_browser(transaction, second(transaction, ISSUER, OWN, **{storage.SEAL: seal}))


def test_another_installation_makes_another_proof(transaction):
    assert storage.proof_of(b"x" * 32, transaction.state) != storage.proof_of(
        SECRET, transaction.state
    )


def test_the_proof_of_a_state_is_not_the_state(transaction):
    assert transaction.state not in storage.proof_of(SECRET, transaction.state)


def test_what_the_page_says_to_the_storage(transaction):
    """Key and target origin as the guide names them."""
    errand = storage.errand(transaction, "value")
    assert errand.target == "post_message_forwarding"
    assert errand.origin == ISSUER
    assert errand.key == f"state_{transaction.state}"
    assert errand.value == "value"


@pytest.mark.parametrize("name", ["_parent", "post_message_forwarding", "a-b.c:1"])
def test_names_of_frames(name):
    assert storage.frame_name(name) == name


@pytest.mark.parametrize("name", ["", "a b", '"><script>', "x" * 121, "框", "a\n"])
def test_what_no_frame_is_called(name):
    assert storage.frame_name(name) == ""
