"""`cx privacy`: a person's data printed or forgotten from the command line."""

from __future__ import annotations

from tests.cli.conftest import MAP, TICKETS, Terminal


def test_a_person_is_told_and_then_forgotten(cx: Terminal) -> None:
    cx("import", TICKETS, "--map", MAP)
    email = "carla.customer@example.com"
    told = cx("privacy", "export", email).json()
    assert told["tickets"]
    done = cx("privacy", "erase", email, "--yes")
    assert (done.code, done.out.startswith("Forgotten: 1 customers")) == (0, True)
    assert cx("privacy", "export", email).json()["tickets"] == []
    cx("import", TICKETS, "--map", MAP)
    assert cx("privacy", "export", email).json()["customers"] == []


def test_what_is_no_address_is_refused(cx: Terminal) -> None:
    for word in ("erase", "export"):
        refused = cx("privacy", word, "nobody")
        assert refused.code == 2
        assert "no e-mail address" in refused.err
