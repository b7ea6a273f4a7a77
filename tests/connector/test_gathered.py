"""What a run knows of accounts."""

from __future__ import annotations

from smapy_nb.accounts import parse
from smapy_nb.connectors import twitter_reader as reader
from smapy_nb.connectors.answered import Gathered
from tests.connector.wires import user


def test_an_account_kept_under_its_old_handle_says_that_it_was_renamed():
    gathered = Gathered(parse(["Old_Name", "same", 5]))
    answered = reader.read({"data": [user("New_Name"), user("Same")]}, ["new_name", "same"], False)
    answered.found, answered.from_archive = ["old_name", "same"], True
    gathered.take(answered)
    frame = gathered.frame()
    assert frame["outcome"].tolist() == ["renamed", "ok", "not_asked"]
    assert frame["handle"].tolist()[:2] == ["New_Name", "Same"]
    assert "@New_Name" in frame["reason"][0]


def test_what_an_unfinished_run_has_gathered_is_taken_over():
    before = Gathered(parse(["a", "b", "c", "d"]))
    before.take(reader.read({"data": [user("a"), user("d")], "errors": []}, ["a", "d", "x"], False))
    before.fail(["c"], "No answer.")
    after = Gathered(parse(["D", "e", "a", "c"]), before)
    assert after.unknown() == ["e", "c"]
    assert after.answered == 2
    assert after.frame()["handle"].tolist()[::2] == ["d", "a"]
    after.take(reader.read({"data": [user("c"), user("e")]}, ["c", "e"], False))
    assert after.frame()["handle"].tolist() == ["d", "e", "a", "c"]


def test_a_reading_of_nobody():
    assert Gathered(parse([])).frame().empty
    assert Gathered(parse(["?"])).profiles() == {"?": None}
