"""The ten exercises of Linear models as a learner meets them: tried, missed, helped, solved, kept."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, Request, Route, expect
from solutions.linear_models import ANSWERS

# A cold start of Python on two busy cores.
expect.set_options(timeout=60_000)

CHAPTER = "01-linear-models/"
PROGRESS = '.contents [data-progress="01-linear-models"]'


class Exercise:
    """One exercise of a page."""

    def __init__(self, page: Page, name: str) -> None:
        self.page = page
        self.root = page.locator(f"#exercise-{name}")
        self.verdict = self.root.get_by_role("status", name="Verdict")
        self.hints = self.root.get_by_role("list", name="Hints").get_by_role("listitem")
        self.solution = self.root.locator(".exercise-solution")

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=name, exact=True)

    @property
    def editor(self) -> Locator:
        """The editor proper, once it has replaced the listing."""
        self.root.scroll_into_view_if_needed()
        editor = self.root.locator(".cm-content")
        expect(editor).to_be_visible()
        return editor

    def write(self, text: str) -> None:
        self.editor.click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(text)

    def check(self, text: str, status: str) -> None:
        """Writes an answer and waits for its verdict."""
        self.write(text)
        self.button("Check").click()
        expect(self.verdict).to_have_attribute("data-status", status)


@pytest.fixture(scope="module")
def chapter(chromium: Browser, book_url: str) -> Iterator[Page]:
    """One visit for all ten: Python starts once, as it does for a learner."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(f"{book_url}{CHAPTER}")
    yield page
    context.close()


@pytest.fixture
def least_squares(page: Page, book_url: str) -> Exercise:
    page.goto(f"{book_url}{CHAPTER}")
    return Exercise(page, "least-squares")


RIGHT = ANSWERS["least-squares"].right
FITTED = ANSWERS["least-squares"].wrong["fitted_values"]


@pytest.mark.parametrize("name", ANSWERS)
def test_wrong_answers_are_told_their_mistake_and_the_right_one_is_right(chapter: Page, name: str) -> None:
    exercise = Exercise(chapter, name)
    for mistake, text in ANSWERS[name].wrong.items():
        exercise.check(text, "wrong")
        expect(exercise.verdict).to_have_attribute("data-mistake", mistake)
        expect(exercise.verdict.locator(".verdict-message")).not_to_be_empty()
    exercise.check(ANSWERS[name].right, "right")
    expect(exercise.root).to_have_attribute("data-state", "solved")
    mark = chapter.locator(f'.on-this-page [data-exercise-link="{name}"]')
    expect(mark).to_have_attribute("data-state", "solved")


def test_progress_counts_all_ten_and_survives_a_reload(chapter: Page) -> None:
    """After the tests above, on their page."""
    solved = len(ANSWERS)
    assert solved == 10
    expect(chapter.locator(PROGRESS)).to_contain_text(f"{solved} of {solved} exercises solved")
    chapter.reload()
    expect(chapter.locator(PROGRESS)).to_contain_text(f"{solved} of {solved} exercises solved")
    for name in ANSWERS:
        expect(Exercise(chapter, name).root.get_by_text("Solved", exact=True)).to_be_visible()


def test_a_wrong_answer_shows_inputs_expected_and_got(least_squares: Exercise) -> None:
    least_squares.check(FITTED, "wrong")
    counterexample = least_squares.verdict.locator(".counterexample")
    for name in ("Input X", "Input y", "Expected", "Your answer"):
        expect(counterexample.get_by_label(name)).not_to_be_empty()
    expect(least_squares.verdict).to_contain_text("checks pass")
    expect(least_squares.root.get_by_text("Solved", exact=True)).to_have_count(0)


def test_an_error_marks_its_line_and_printing_is_folded_away(least_squares: Exercise) -> None:
    least_squares.check("def least_squares(X, y):\n    print('looking at', len(y))\n    return W\n", "error")
    expect(least_squares.verdict).to_contain_text("NameError")
    expect(least_squares.root.locator(".cm-error-line")).to_have_count(1)
    printed = least_squares.verdict.get_by_text("What your code printed")
    expect(least_squares.verdict.get_by_text("looking at")).to_be_hidden()
    printed.click()
    expect(least_squares.verdict.get_by_text("looking at")).to_be_visible()


def test_the_starter_alone_is_incomplete_and_no_attempt(least_squares: Exercise) -> None:
    least_squares.editor.click()
    least_squares.page.keyboard.press("Shift+Enter")
    expect(least_squares.verdict).to_have_attribute("data-status", "incomplete")
    least_squares.button("Show solution").click()
    expect(least_squares.button("Show me anyway")).to_be_visible()


def test_an_endless_loop_can_be_stopped_and_the_next_check_works(least_squares: Exercise) -> None:
    least_squares.write("def least_squares(X, y):\n    while True:\n        pass\n")
    least_squares.button("Check").click()
    expect(least_squares.verdict).to_contain_text("Checking")
    least_squares.button("Stop").click()
    expect(least_squares.verdict).to_contain_text("stopped")
    least_squares.check(RIGHT, "right")


def test_hints_come_one_at_a_time_with_their_formulas(least_squares: Exercise) -> None:
    expect(least_squares.hints).to_have_count(0)
    for count in (1, 2, 3):
        least_squares.button("Hint").click()
        expect(least_squares.hints).to_have_count(count)
        expect(least_squares.hints.last).to_contain_text(f"Hint {count} of 3")
    formula = least_squares.hints.first.locator("math").first
    expect(formula).to_be_visible()
    expect(formula.locator("annotation")).to_have_text("X^\\top(Xw - y)")


def test_nothing_in_a_hint_or_a_solution_runs(page: Page, book_url: str) -> None:
    harm = '<img src="x" onerror="document.title = \'harmed\'"><script>document.title = "harmed"</script>safe'

    def poison(route: Route) -> None:
        data = route.fetch().json()
        exercise = data["exercises"]["least-squares"]
        exercise["hints"][0] = harm
        exercise["solution"]["html"] = harm
        route.fulfill(json=data)

    page.route("**/exercises.json", poison)
    page.goto(f"{book_url}{CHAPTER}")
    exercise = Exercise(page, "least-squares")
    exercise.button("Hint").click()
    expect(exercise.hints.first).to_contain_text("safe")
    exercise.button("Show solution").click()
    exercise.button("Show me anyway").click()
    expect(exercise.solution).to_contain_text("safe")
    assert exercise.root.locator("script, [onerror]").count() == 0
    assert page.title() != "harmed"


def test_the_solution_asks_before_and_opens_after_an_honest_attempt(least_squares: Exercise) -> None:
    least_squares.button("Show solution").click()
    expect(least_squares.solution).to_contain_text("after your first try, right or wrong")
    least_squares.button("I will try first").click()
    expect(least_squares.solution).to_be_hidden()
    expect(least_squares.editor).to_be_focused()
    least_squares.check(FITTED, "wrong")
    least_squares.button("Show solution").click()
    difference = least_squares.solution.locator(".difference")
    expect(difference.locator("ins", has_text="lstsq")).to_be_visible()
    expect(difference.locator("del", has_text="X.dot(w)")).to_be_visible()
    least_squares.check(RIGHT, "right")
    expect(difference.locator("del", has_text="return np.linalg.inv(A) @ X.T @ y")).to_be_visible()
    way = least_squares.solution.get_by_text("Another way: by qr")
    way.click()
    expect(least_squares.solution.locator("pre", has_text="np.linalg.qr")).to_be_visible()
    least_squares.button("Show solution").click()
    expect(least_squares.solution).to_be_hidden()


def test_the_solution_opens_at_once_for_who_wants_it(least_squares: Exercise) -> None:
    least_squares.button("Show solution").click()
    least_squares.button("Show me anyway").click()
    expect(least_squares.solution.locator(".solution-code").first).to_contain_text("lstsq")
    expect(least_squares.solution.locator(".difference")).to_have_count(0)


def test_drafts_survive_a_reload_and_reset_can_be_undone(least_squares: Exercise) -> None:
    least_squares.write("def least_squares(X, y):\n    return 'thinking'")
    least_squares.page.reload()
    expect(least_squares.editor).to_contain_text("'thinking'")
    least_squares.button("Reset").click()
    expect(least_squares.editor).not_to_contain_text("'thinking'")
    least_squares.button("Undo").click()
    expect(least_squares.editor).to_contain_text("'thinking'")


def test_code_and_verdicts_stay_in_the_browser(least_squares: Exercise) -> None:
    sent: list[Request] = []
    least_squares.page.on("request", lambda request: sent.append(request))
    least_squares.check(RIGHT, "right")
    assert [request.url for request in sent if request.method != "GET"] == []
    assert not [request for request in sent if "least_squares" in request.url]


def test_progress_of_one_tab_shows_in_the_other(least_squares: Exercise, book_url: str) -> None:
    other = least_squares.page.context.new_page()
    other.goto(book_url)
    progress = other.locator(PROGRESS).first
    expect(progress).to_be_empty()
    least_squares.check(RIGHT, "right")
    expect(progress).to_contain_text("1 of 10 exercises solved")
    other.close()


def test_answers_and_progress_go_with_the_export(least_squares: Exercise, book_url: str) -> None:
    least_squares.check(FITTED, "wrong")
    least_squares.check(RIGHT, "right")
    page = least_squares.page
    page.goto(f"{book_url}data/")
    expect(page.locator('[data-count="solved"]')).to_have_text("1")
    with page.expect_download() as started:
        page.get_by_role("button", name="Export everything").click()
    data = json.loads(Path(started.value.path()).read_text(encoding="utf-8"))
    assert [draft["text"] for draft in data["drafts"]] == [RIGHT]
    assert sorted(event["type"] for event in data["events"]) == ["attempted", "solved"]


def test_a_right_answer_leads_on(least_squares: Exercise) -> None:
    least_squares.check(RIGHT, "right")
    expect(least_squares.verdict).to_contain_text(re.compile(r"All \d+ checks pass"))
    least_squares.verdict.get_by_role("link", name="Squared-loss gradient").click()
    assert least_squares.page.url.endswith("#exercise-squared-loss-gradient")
