import pytest
from toolbox.cache import Cache, Counts


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def cache(clock):
    cache = Cache(2, seconds=10, clock=clock)
    cache.put("a", 1)
    return cache


@pytest.mark.parametrize(
    ("options", "error"), [({"size": 0}, "size 0 holds nothing"), ({"size": 1, "seconds": 0}, "live 0 s")]
)
def test_it_must_hold_something(options, error):
    with pytest.raises(ValueError, match=error):
        Cache(**options)


def test_get(cache):
    assert cache.get("a") == 1
    assert cache.get("b") is None
    assert cache.get("b", 7) == 7
    assert cache.counts == Counts(hits=1, misses=2)


def test_a_value_is_replaced(cache):
    cache.put("b", 2)
    cache.put("a", 3)
    assert (cache.get("a"), cache.get("b"), cache.counts.evicted) == (3, 2, 0)


def test_the_least_recently_used_goes_first(cache):
    cache.put("b", 2)
    cache.get("a")
    cache.put("c", 3)
    assert ["a" in cache, "b" in cache, "c" in cache] == [True, False, True]
    assert cache.counts == Counts(hits=1, evicted=1)
    assert len(cache) == 2


def test_to_ask_whether_it_is_there_is_no_use(cache):
    cache.put("b", 2)
    assert "a" in cache
    cache.put("c", 3)
    assert "a" not in cache
    assert (cache.counts.hits, cache.counts.misses) == (0, 0)


def test_values_expire(cache, clock):
    clock.now += 9.9
    assert cache.get("a") == 1
    clock.now += 0.1
    assert "a" not in cache
    assert cache.get("a", "gone") == "gone"
    assert cache.counts == Counts(hits=1, misses=1, expired=1)


def test_a_value_may_live_longer_or_shorter(cache, clock):
    cache.put("a", 1, seconds=20)
    cache.put("b", 2, seconds=5)
    clock.now += 10
    assert ("a" in cache, "b" in cache) == (True, False)
    assert len(cache) == 1


def test_expired_values_make_room_first(cache, clock):
    clock.now += 6
    cache.put("b", 2, seconds=1)
    clock.now += 2
    cache.put("c", 3)
    assert ("a" in cache, "b" in cache, "c" in cache) == (True, False, True)
    assert cache.counts == Counts(expired=1)


def test_for_ever(clock):
    cache = Cache(1, clock=clock)
    cache.put("a", 1)
    clock.now += 1e9
    assert cache.get("a") == 1


def test_remember_makes_a_value_once(cache):
    made = []
    for _ in range(2):
        assert cache.remember("b", lambda: made.append(1)) is None
    assert made == [1], "a None is a value, too"
    assert cache.remember("a", lambda: 5) == 1


def test_what_is_raised_is_not_remembered(cache):
    with pytest.raises(ZeroDivisionError):
        cache.remember("b", lambda: 1 / 0)
    assert cache.remember("b", lambda: 2) == 2


def test_forget(cache, clock):
    assert cache.forget("a")
    assert not cache.forget("a")
    cache.put("a", 1)
    clock.now += 10
    assert not cache.forget("a")
