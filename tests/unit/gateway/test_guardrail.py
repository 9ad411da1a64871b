from dataclasses import dataclass

import pytest

from experience_gw.compose.guardrail import SAID, GuardrailBreached, refuse_breaches


@dataclass
class Breach:
    description: str
    caused_by_queue: bool


def test_what_is_as_bad_without_the_queue_is_not_refused() -> None:
    refuse_breaches([Breach("Too low.", caused_by_queue=False)])


def test_what_the_queue_causes_is_refused_in_its_own_words() -> None:
    breaches = [Breach("Too low.", True), Breach("Late.", False), Breach("Short.", True)]
    with pytest.raises(GuardrailBreached) as caught:
        refuse_breaches(breaches)
    words = "Too low. Short. Set allow_breaches to finalise the queue all the same."
    assert str(caught.value) == words
    assert caught.value.metadata == {"breaches": "2"}


def test_of_many_breaches_the_first_are_said_and_the_others_counted() -> None:
    """The text of an error travels in a header, and a weekly payroll has thirteen days to fail."""
    breaches = [Breach(f"Payroll {n} is short.", True) for n in range(SAID + 5)]
    with pytest.raises(GuardrailBreached) as caught:
        refuse_breaches(breaches)
    assert f"Payroll {SAID - 1} is short. And 5 more. Set allow_breaches" in str(caught.value)
    assert caught.value.metadata == {"breaches": str(SAID + 5)}
