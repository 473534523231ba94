"""A draw by lot: the same for everybody who has the secret and the list, and nobody can steer it."""

import hashlib

from portal.lib import draws

KEYS = [f"row{number}" for number in range(40)]


def a_draw(secret="5" * 64, text="list\n1\ta\n", number=4):
    seed = draws.seed(secret, draws.digest(text))
    return {
        "commitment_said": draws.commitment(secret), "secret": secret, "text": text,
        "digest_said": draws.digest(text), "seed_said": seed, "keys": KEYS, "number": number,
        "drawn_said": draws.drawn(seed, KEYS, number),
    }  # fmt: skip


def test_anybody_with_sha256_finds_the_same():
    draw = a_draw()
    seed = hashlib.sha256(f"{draw['secret']}:{hashlib.sha256(draw['text'].encode()).hexdigest()}".encode()).hexdigest()
    by_hand = sorted(KEYS, key=lambda key: hashlib.sha256(f"{seed}:{key}".encode()).hexdigest())[:4]
    assert draw["drawn_said"] == by_hand
    assert [one.code for one in draws.verify(**draw) if not one.is_right] == []


def test_whatever_is_changed_afterwards_is_found():
    other = {
        "secret": ("commitment", "seed", "drawn"),
        "text": ("digest", "seed", "drawn"),
        "drawn_said": ("drawn",),
        "number": ("drawn",),
    }
    changed = {"secret": "6" * 64, "text": "list\n1\tb\n", "drawn_said": KEYS[:4], "number": 5}
    for name, wrong in other.items():
        findings = draws.verify(**{**a_draw(), name: changed[name]})
        assert tuple(one.code for one in findings if not one.is_right) == wrong, name


def test_each_place_is_as_likely_as_any_other():
    """Over many secrets everybody is drawn about equally often."""
    counted = dict.fromkeys(KEYS, 0)
    for number in range(2000):
        for key in draws.drawn(draws.seed(f"{number}", "0"), KEYS, 4):
            counted[key] += 1
    assert sum(counted.values()) == 8000
    # 200 expected each; six standard deviations of a binomial are about 80.
    assert all(120 < number < 280 for number in counted.values())


def test_a_secret_is_long_and_new_each_time():
    assert len({draws.new_secret() for _number in range(50)}) == 50
    assert len(draws.new_secret()) == 64
