from depot.shifts import Driver, Plan, Shift, hours, plan_week


def test_the_one_with_the_fewest_drives():
    shifts = [Shift(day, 6, 14) for day in range(4)]
    plan = plan_week(shifts, [Driver("Ada"), Driver("Ben")])
    assert list(plan.drives.values()) == ["Ada", "Ben", "Ada", "Ben"]


def test_a_licence_is_needed():
    truck = Shift(0, 6, 14, "C")
    assert plan_week([truck], [Driver("Ada"), Driver("Ben", "BC")]).drives == {truck: "Ben"}
    assert plan_week([truck], [Driver("Ada")]).unfilled == [truck]


def test_days_off():
    shift = Shift(2, 6, 14)
    assert plan_week([shift], [Driver("Ada", off=frozenset({2})), Driver("Ben")]).drives == {shift: "Ben"}


def test_eleven_hours_of_rest():
    night, early, late = Shift(0, 18, 26), Shift(1, 12, 18), Shift(1, 13, 18)
    assert plan_week([night, early], [Driver("Ada")]).unfilled == [early]
    assert plan_week([late, night], [Driver("Ada")]).drives == {night: "Ada", late: "Ada"}


def test_five_shifts_a_week():
    shifts = [Shift(day, 6, 14) for day in range(6)]
    assert plan_week(shifts, [Driver("Ada")]).unfilled == [shifts[5]]


def test_hours():
    assert hours(Plan({Shift(0, 6, 14): "Ben", Shift(1, 6, 10): "Ada", Shift(2, 6, 14): "Ben"})) == {
        "Ada": 4,
        "Ben": 16,
    }
