"""Languages, directions and clocks."""

from __future__ import annotations

from tests.browser.journeys.bell import Bell
from tests.browser.people import Person

TIMES = "return rows().map((row) => row.querySelector('time').textContent)"
ARABIC = "اكتمل النشر (الخادم)."
# Where a character of the first title is painted, from its left edge.
EDGES = """
  const text = find("[part~=item-title] span:last-child").firstChild;
  const edge = (at) => {
    const range = document.createRange();
    range.setStart(text, at);
    range.setEnd(text, at + 1);
    return range.getBoundingClientRect().left;
  };
  return [edge(0), edge(text.length - 1)];
"""


def test_no_time_is_in_the_future_where_the_clock_of_the_computer_is_two_hours_behind(
    person: Person, bell: Bell
) -> None:
    person.tell("Just now")
    bell.wait_for_unread(1)
    bell.tab.run("const now = Date.now; Date.now = () => now() - 2 * 3600 * 1000;")

    bell.open()

    assert bell.run(TIMES) == ["now"]


def test_a_page_in_arabic_runs_from_right_to_left_with_times_of_its_own(
    person: Person, bell: Bell
) -> None:
    person.tell(ARABIC)
    bell.visit(person, "/journey/?lang=ar")
    bell.wait_for_unread(1)

    bell.open()

    assert bell.run("return getComputedStyle(find('.panel')).direction") == "rtl"
    assert bell.run(TIMES) == ["الآن"]
    left, right, width = bell.run(
        """const { left, right } = find(".panel").getBoundingClientRect();
        return [left, right, innerWidth];"""
    )
    assert 0 <= left < right <= width


def test_an_arabic_sentence_in_an_english_page_ends_at_its_left(person: Person, bell: Bell) -> None:
    person.tell(ARABIC)
    bell.wait_for_unread(1)

    bell.open()

    first, last = bell.run(EDGES)
    assert last < first
