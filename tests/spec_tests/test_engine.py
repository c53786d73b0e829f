from __future__ import annotations

from engine import Phase, Refusal


def test_a_refusal_says_its_phase_and_its_message() -> None:
    refusal = Refusal(Phase.TRAP, "unreachable")
    assert (refusal.phase, refusal.message) == (Phase.TRAP, "unreachable")
    assert str(refusal) == "trap: unreachable"
