import pytest
from toolbox.ratelimit import RateLimiter


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def limiter(clock):
    """One token in 10 seconds, three at once."""
    return RateLimiter(6, 60, burst=3, clock=clock)


@pytest.mark.parametrize("options", [{"rate": 0}, {"rate": -1}, {"rate": 5, "period": 0}, {"rate": 5, "period": -1}])
def test_rate_and_period_are_positive(options):
    with pytest.raises(ValueError, match="lets nothing through"):
        RateLimiter(**options)


def test_a_burst_is_positive():
    with pytest.raises(ValueError, match="a burst of 0 lets nothing through"):
        RateLimiter(5, burst=0)
    assert RateLimiter(5, burst=1).capacity == 1


@pytest.mark.parametrize(("rate", "capacity"), [(5, 5), (2.9, 2), (0.5, 1)])
def test_the_burst_is_the_rate(rate, capacity):
    assert RateLimiter(rate).capacity == capacity


def test_it_is_full_at_first_and_then_refuses(limiter):
    assert limiter.available == 3
    assert [limiter.take() for _ in range(4)] == [True, True, True, False]
    assert limiter.available == 0


def test_all_or_none(limiter):
    assert limiter.take(2)
    assert not limiter.take(2)
    assert limiter.take(1)


def test_it_fills_up_over_time_and_no_further(limiter, clock):
    limiter.take(3)
    clock.now += 9
    assert not limiter.take()
    clock.now += 1
    assert limiter.take()
    clock.now += 1000
    assert limiter.available == 3


def test_the_period_is_a_minute_by_default(clock):
    limiter = RateLimiter(1, clock=clock)
    limiter.take()
    assert limiter.wait_for() == pytest.approx(60)


def test_a_clock_that_goes_back_gives_nothing(limiter, clock):
    limiter.take(3)
    clock.now -= 50
    assert limiter.available == 0
    clock.now += 60
    assert limiter.available == 1


def test_wait_for(limiter, clock):
    assert limiter.wait_for(3) == 0
    limiter.take(2)
    assert limiter.wait_for() == 0
    assert limiter.wait_for(3) == pytest.approx(20)
    clock.now += 5
    assert limiter.wait_for(2) == pytest.approx(5)
    assert limiter.available == 1, "nothing was taken"


def test_a_penalty_empties_it_and_stops_the_flow(limiter, clock):
    limiter.penalise(30)
    assert limiter.available == 0
    assert limiter.wait_for() == pytest.approx(40)
    clock.now += 30
    assert limiter.available == 0
    clock.now += 10
    assert limiter.take()


def test_a_penalty_of_less_than_nothing_is_none(limiter, clock):
    limiter.penalise(-20)
    clock.now += 10
    assert limiter.available == 1


@pytest.mark.parametrize("question", ["take", "wait_for"])
def test_impossible_counts(limiter, question):
    with pytest.raises(ValueError, match="cannot take 0 tokens"):
        getattr(limiter, question)(0)
    with pytest.raises(ValueError, match="4 tokens are never there: the bucket holds 3"):
        getattr(limiter, question)(4)
