"""Key sets: the platforms' (fetched) and ours (rotated)."""

from datetime import timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from lti import keys
from lti.http import AddressError, HttpError
from lti.keyset import COOLDOWN, FRESH, KeySetCache, parse_key_set
from lti.ports import KeyPair
from tests.lti.support import NOW, KeyMemory, Web, jwk, refused, rsa_key

URL = "https://moodle.example/certs"


class TestPlatformKeys:
    @pytest.fixture
    def web(self):
        return Web({URL: {"keys": [jwk(rsa_key(), "k1")]}})

    @pytest.fixture
    def clock(self):
        return [0.0]

    @pytest.fixture
    def cache(self, web, clock):
        return KeySetCache(web, lambda: clock[0])

    def test_fetched_once_and_kept_as_object(self, cache, web):
        assert cache.key(URL, "k1") is cache.key(URL, "k1")
        assert web.asked == [URL]

    def test_made_up_key_ids_do_not_hammer_the_platform(self, cache, web, clock):
        cache.key(URL, "k1")
        for attempt in range(50):
            with refused("KEY_UNKNOWN"):
                cache.key(URL, f"made-up-{attempt}")
        assert len(web.asked) == 1
        clock[0] += COOLDOWN
        with refused("KEY_UNKNOWN"):
            cache.key(URL, "made-up")
        assert len(web.asked) == 2

    def test_a_withdrawn_key_stops_being_believed(self, cache, web, clock):
        cache.key(URL, "k1")
        web.pages[URL] = {"keys": [jwk(rsa_key("second"), "k2")]}
        clock[0] += FRESH
        with refused("KEY_UNKNOWN"):
            cache.key(URL, "k1")

    def test_a_platform_that_is_down_does_not_stop_launches(self, cache, web, clock):
        known = cache.key(URL, "k1")
        web.pages[URL] = HttpError("ConnectTimeout")
        clock[0] += FRESH
        for _ in range(20):
            assert cache.key(URL, "k1") is known
        assert len(web.asked) == 2, "asked again once, not at every launch"

    def test_an_address_that_may_not_be_called(self, cache, web):
        web.pages[URL] = AddressError("the address is not public")
        with refused("ADDRESS_REFUSED"):
            cache.key(URL, "k1")

    def test_keys_of_two_platforms_are_apart(self, cache, web):
        other = "https://other.example/certs"
        web.pages[other] = {"keys": [jwk(rsa_key("second"), "k1")]}
        assert cache.key(URL, "k1") is not cache.key(other, "k1")


def test_what_a_key_set_may_hold():
    good = jwk(rsa_key(), "good")
    plain = {k: v for k, v in jwk(rsa_key("second"), "plain").items() if k not in ("alg", "use")}
    weak = jwk(rsa.generate_private_key(65537, 1024), "weak")
    found = parse_key_set(
        {
            "keys": [
                good,
                plain,
                weak,
                good | {"kid": "encryption", "use": "enc"},
                good | {"kid": "other", "alg": "RS512"},
                good | {"kid": None},
                good | {"kid": "broken", "n": "!"},
                good | {"kid": "zero", "e": "AA"},
                {"kty": "EC", "kid": "curve"},
                jwk(rsa_key("third"), "good"),
                "not a key",
            ]
        }
    )
    assert set(found) == {"good", "plain"}
    assert found["good"].public_numbers() == rsa_key().public_key().public_numbers()


@pytest.mark.parametrize("document", [{}, [], None, {"keys": {"keys": []}}, {"keys": None}])
def test_not_a_key_set(document):
    with pytest.raises(HttpError):
        parse_key_set(document)


class TestOurKeys:
    def test_the_first_key_signs_at_once(self):
        store = KeyMemory()
        keys.rotate(store, NOW)
        assert keys.signing_key(store.all(), NOW) is store.pairs[0]

    def test_twice_a_day_makes_no_second_key(self):
        store = KeyMemory()
        keys.rotate(store, NOW)
        keys.rotate(store, NOW)
        assert len(store.pairs) == 1

    def test_a_new_key_is_published_before_it_signs_and_the_old_one_after(self):
        store = KeyMemory()
        keys.rotate(store, NOW)
        old = store.pairs[0]
        later = NOW + keys.PERIOD
        keys.rotate(store, later)
        assert len(keys.key_set(store.all())["keys"]) == 2
        assert keys.signing_key(store.all(), later) is old
        later += keys.LEAD
        assert keys.signing_key(store.all(), later) is store.pairs[1]
        keys.rotate(store, later + keys.LAG - timedelta(seconds=1))
        assert old in store.pairs
        keys.rotate(store, later + keys.LAG)
        assert store.all() == [store.pairs[0]]
        assert old not in store.pairs

    def test_the_key_set_verifies_what_we_sign_and_holds_nothing_secret(self):
        pair = keys.new_key_pair(NOW)
        [entry] = keys.key_set([pair])["keys"]
        assert set(entry) == {"kty", "alg", "use", "kid", "n", "e"}
        token = jwt.encode({"a": 1}, pair.private_key, "RS256", {"kid": pair.kid})
        assert jwt.decode(token, jwt.PyJWK(entry), ["RS256"]) == {"a": 1}

    def test_no_keys_is_an_error(self):
        with pytest.raises(ValueError, match="no key pairs"):
            keys.signing_key([], NOW)

    def test_a_private_key_is_never_printed(self):
        assert "private_key" not in repr(keys.new_key_pair(NOW))


class TestOverlap:
    """A platform that fetched our key set at one time checks what we signed at another."""

    def sign(self, pair: KeyPair) -> str:
        return jwt.encode({"a": 1}, pair.private_key, "RS256", {"kid": pair.kid})

    def verifies(self, store: KeyMemory, token: str) -> bool:
        """As a platform does that fetches our key set now, and finds the key by its id."""
        found = parse_key_set(keys.key_set(store.all()))
        kid = jwt.get_unverified_header(token)["kid"]
        return kid in found and jwt.decode(token, found[kid], ["RS256"]) == {"a": 1}

    def at_every_day(self, days: int, act):
        store, now = KeyMemory(), NOW
        for _ in range(days):
            keys.rotate(store, now)
            act(store, now)
            now += timedelta(days=1)

    def test_what_the_retiring_key_signed_verifies_until_the_window_is_over(self):
        store = KeyMemory()
        keys.rotate(store, NOW)
        retiring = store.pairs[0]
        change = NOW + keys.PERIOD
        keys.rotate(store, change)
        last = self.sign(keys.signing_key(store.all(), change + keys.LEAD - timedelta(seconds=1)))
        assert jwt.get_unverified_header(last)["kid"] == retiring.kid
        for later in (keys.LEAD, keys.LEAD + keys.LAG - timedelta(seconds=1)):
            keys.rotate(store, change + later)
            assert keys.signing_key(store.all(), change + later) is not retiring
            assert self.verifies(store, last)
        keys.rotate(store, change + keys.LEAD + keys.LAG)
        assert not self.verifies(store, last)

    def test_over_a_year_every_token_verifies_for_a_week_and_before_it_was_signed(self):
        """A key set that a platform fetched up to two days ago knows what signs today."""
        published: list[set[str]] = []
        signed: list[str] = []

        def day(store: KeyMemory, now) -> None:
            published.append({pair.kid for pair in store.all()})
            signed.append(keys.signing_key(store.all(), now).kid)

        self.at_every_day(400, day)
        assert len(set(signed)) == 5
        for today, kid in enumerate(signed):
            for other in range(max(0, today - 2), min(len(signed), today + 8)):
                assert kid in published[other], f"signed on day {today}, asked for on day {other}"
        assert max(map(len, published)) == 2

    def test_a_key_before_its_time_disturbs_nobody(self):
        store = KeyMemory()
        keys.rotate(store, NOW)
        old, now = store.pairs[0], NOW + timedelta(days=30)
        made = keys.renew(store, now)
        assert keys.renew(store, now + timedelta(hours=1)) is made, "asked for twice, made once"
        assert keys.signing_key(store.all(), now) is old
        assert keys.signing_key(store.all(), now + keys.LEAD) is made
        assert self.verifies(store, self.sign(old))
        keys.rotate(store, now + keys.LEAD + keys.LAG)
        assert store.all() == [made]

    def test_keys_that_leaked_are_believed_no_longer(self):
        store = KeyMemory()
        keys.rotate(store, NOW)
        stolen = self.sign(store.pairs[0])
        made = keys.renew(store, NOW, at_once=True)
        assert store.all() == [made]
        assert keys.signing_key(store.all(), NOW) is made
        assert not self.verifies(store, stolen)
