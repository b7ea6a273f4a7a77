"""What networks do to answers, each on a real socket."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time
from collections import Counter
from types import SimpleNamespace

import pytest

from smapy_nb import errors, sandbox
from smapy_nb.connectors.twitter import TwitterConnector
from smapy_nb.transport import pacing, session
from tests.connector.wires import BRIEF, HASTY, TOKEN, Asked

SOME = [f"someone_{number}" for number in range(5)]


def frame(url, accounts=SOME, pace=HASTY):
    return TwitterConnector(accounts, TOKEN, base_url=url, pace=pace, archive=False, budget=False).frame()


def once(fault):
    """Behave badly at the first request, and well after it."""
    return lambda asked: fault(asked) if asked.number == 0 else asked.answer()


def before_headers(asked: Asked) -> None:
    asked.reset()


def in_the_headers(asked: Asked) -> None:
    asked.send(asked.bytes()[:20])
    asked.reset()


def after_the_headers(asked: Asked) -> None:
    asked.send(asked.bytes().partition(b"\r\n\r\n")[0] + b"\r\n\r\n")
    asked.reset()


def closed_without_a_word(asked: Asked) -> None:
    asked.close()


def silent(asked: Asked) -> None:
    asked.silence()


def silent_in_the_body(asked: Asked) -> None:
    asked.send(asked.bytes()[:-10])
    asked.silence()


def trickling(asked: Asked) -> None:
    for byte in asked.bytes():
        asked.send(bytes([byte]))
        if asked.wire.over.wait(0.02):
            return


def trickling_headers(asked: Asked) -> None:
    while not asked.wire.over.wait(0.02):
        asked.send(b"X")


def no_http(asked: Asked) -> None:
    asked.send(b"SSH-2.0-OpenSSH_9.9\r\n")
    asked.close()


def torn_gzip(asked: Asked) -> None:
    content = gzip.compress(json.dumps({"data": [{"id": "1", "username": "someone_1"}]}).encode())
    asked.answer(body=content[: len(content) // 2], Content_Encoding="gzip")


@pytest.mark.parametrize(
    "fault",
    [
        before_headers,
        in_the_headers,
        after_the_headers,
        closed_without_a_word,
        silent,
        silent_in_the_body,
        trickling,
        trickling_headers,
        no_http,
        torn_gzip,
    ],
)
def test_what_passes_is_asked_again(wire, fault):
    server = wire(once(fault))
    assert frame(server.url, pace=BRIEF)["outcome"].tolist() == ["ok"] * 5
    assert len(server.seen) == 2


@pytest.mark.parametrize("fault", [before_headers, after_the_headers, silent, trickling, no_http, torn_gzip])
def test_what_does_not_pass_is_said_in_a_sentence(wire, fault):
    server = wire(fault)
    with pytest.raises(errors.RequestFailed) as caught:
        frame(server.url, pace=BRIEF)
    assert len(server.seen) == 3
    kinds = {silent: errors.TimedOut, trickling: errors.TimedOut, torn_gzip: errors.BadAnswer}
    assert type(caught.value) is kinds.get(fault, errors.Unreachable)
    assert str(caught.value).endswith(".")
    assert caught.value.__cause__ is None  # requests' own would show what was sent


def test_a_body_cut_at_any_byte(wire):
    whole = [b""]

    def behave(asked: Asked) -> None:
        if not whole[0]:
            whole[0] = asked.bytes()
        if asked.number % 2:
            asked.answer()
        else:
            head = whole[0].index(b"\r\n\r\n") + 4
            asked.send(whole[0][: head + asked.number // 2])
            asked.close()

    server = wire(behave)
    length = 1
    while len(server.seen) // 2 < length:
        came = frame(server.url, SOME[:1])
        assert came["outcome"].tolist() == ["ok"]
        length = len(whole[0].partition(b"\r\n\r\n")[2])
    assert length > 100


@pytest.mark.parametrize("closes", [False, True])
def test_users_that_came_whole_of_a_torn_answer_are_kept_and_the_rest_is_asked_for_again(wire, closes):
    def torn(asked: Asked) -> None:
        """Send three users and a half; say so in the headers, or break off."""
        whole = asked.bytes()
        head, _, body = whole.partition(b"\r\n\r\n")
        part = body[: body.index(b'"someone_3"') + 5]
        if closes:
            asked.send(head + b"\r\n\r\n" + part)
            asked.close()
        else:
            asked.answer(body=part)

    server = wire(torn)
    t = TwitterConnector(SOME, TOKEN, base_url=server.url, pace=HASTY, archive=False, budget=False)
    came = t.frame()
    assert came["outcome"].tolist() == ["ok"] * 3 + ["failed"] * 2
    assert came["handle"].tolist()[:3] == SOME[:3]
    assert len(server.seen) == 3
    server.behave = Asked.answer
    assert set(t.frame()["outcome"]) == {"ok"}
    assert server.seen[-1].keys == SOME[3:]


def test_what_came_of_a_torn_answer_is_booked_and_the_rest_presumed(wire):
    def torn(asked: Asked) -> None:
        body = asked.bytes().partition(b"\r\n\r\n")[2]
        asked.answer(body=body[: body.index(b'"someone_3"') + 5])

    t = TwitterConnector(SOME, TOKEN, base_url=wire(torn).url, pace=HASTY)
    assert t.frame()["outcome"].tolist() == ["ok"] * 3 + ["failed"] * 2
    assert t.spending()["profiles"].tolist() == [5]
    assert t.quote().from_archive == 3
    assert t.quote().paid_today == 2


def test_a_count_that_is_missing_from_all_answers_is_warned_of(wire):
    def renamed(asked: Asked) -> None:
        asked.answer(body=asked.bytes().partition(b"\r\n\r\n")[2].replace(b"followers_count", b"follower_count"))

    with pytest.warns(errors.MissingFieldWarning, match="no number of followers"):
        came = frame(wire(renamed).url)
    assert came["followers"].isna().all()
    assert came.attrs["warning"].endswith(".")
    assert set(came["other"][0]["public_metrics"]) == {"follower_count"}
    assert "warning" not in frame(wire(Asked.answer).url).attrs


def test_a_chunked_and_zipped_answer(wire):
    def behave(asked: Asked) -> None:
        body = gzip.compress(asked.bytes().partition(b"\r\n\r\n")[2])
        asked.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n")
        for start in range(0, len(body), 7):
            part = body[start : start + 7]
            asked.send(b"%x\r\n%b\r\n" % (len(part), part))
        asked.send(b"0\r\n\r\n")

    server = wire(behave)
    assert frame(server.url, [f"someone_{number}" for number in range(300)])["outcome"].tolist() == ["ok"] * 300


def test_a_chunked_answer_that_is_cut(wire):
    def cut(asked: Asked) -> None:
        asked.send(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"dat\r\n')
        asked.close()

    assert set(frame(wire(once(cut)).url)["outcome"]) == {"ok"}


def test_a_wrong_content_type_is_no_matter(wire):
    server = wire(lambda asked: asked.answer(Content_Type="text/html; charset=koi8-r"))
    assert set(frame(server.url)["outcome"]) == {"ok"}


def test_a_redirect_is_not_followed_and_takes_no_keys_along(wire):
    elsewhere = wire(Asked.answer)
    server = wire(lambda asked: asked.answer("307 Temporary", b"", Location=elsewhere.url + asked.target))
    with pytest.raises(errors.BadAnswer, match="sent the request on"):
        frame(server.url)
    assert not elsewhere.seen


def test_no_such_host():
    with pytest.raises(errors.Unreachable, match="can't be reached"):
        frame("https://no-such-host.invalid")


def test_nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(errors.Unreachable, match="can't be reached"):
        frame(f"http://127.0.0.1:{port}")


def test_tls_where_none_is_spoken():
    def serve() -> None:
        for _ in range(3):
            conn, _ = listener.accept()
            with conn:
                conn.recv(4096)
                conn.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, daemon=True).start()
        with pytest.raises(errors.Unreachable, match="does not speak TLS"):
            frame(f"https://127.0.0.1:{listener.getsockname()[1]}")


def test_a_proxy_from_the_environment(wire, monkeypatch):
    proxy = wire(Asked.answer)
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    monkeypatch.setenv("http_proxy", proxy.url)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert set(frame("http://api.example.org")["outcome"]) == {"ok"}
    assert proxy.seen[0].target.startswith("http://api.example.org/2/users/by?usernames=someone_0%2Csomeone_1")
    assert "x-query" not in proxy.seen[0].headers
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    direct = wire(Asked.answer)
    frame(direct.url)
    assert len(proxy.seen) == 1
    assert direct.seen[0].target.startswith("/2/users/by?")


def test_a_proxy_that_is_none(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    with pytest.raises(errors.Unreachable, match="proxy"):
        frame("https://api.example.org")


def test_certificates_from_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "missing.pem"))
    with pytest.raises(errors.Unreachable):
        frame("https://127.0.0.1:9")


def test_a_netrc_does_not_replace_the_keys(wire, monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login someone password else")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    server = wire(Asked.answer)
    frame(server.url)
    assert server.seen[0].headers["authorization"].startswith("OAuth oauth_consumer_key=")


@pytest.mark.parametrize("minutes", [-30, -6, 6, 30])
def test_a_clock_that_is_off_is_made_up_for(monkeypatch, minutes):
    wrong = SimpleNamespace(monotonic=time.monotonic, time=lambda: time.time() + minutes * 60)
    monkeypatch.setattr(session, "time", wrong)
    monkeypatch.setattr(pacing, "time", wrong)
    with sandbox.Sandbox() as x:
        t = TwitterConnector(["ria_novosti", "@nobody_at_all_"], x.token, base_url=x.url, archive=False, budget=False)
        assert t.frame()["outcome"].tolist() == ["ok", "not_found"]


def test_one_batch_in_a_hundred_fails_and_every_row_is_there(wire):
    unlucky, lock = set(range(3, 1000, 100)), threading.Lock()
    failed: Counter[str] = Counter()

    def behave(asked: Asked) -> None:
        with lock:
            fails = asked.number in unlucky
            failed[asked.keys[0]] += fails
        if not fails:
            return asked.answer()
        return [lambda: asked.answer("503 Later"), asked.reset, asked.close][asked.number % 3]()

    server = wire(behave)
    many = [f"someone_{number}" for number in range(100_000)]
    came = frame(server.url, many)
    assert came["outcome"].tolist() == ["ok"] * 100_000
    assert came["handle"].tolist() == many
    assert sum(failed.values()) == len(unlucky)
    asked = Counter(one.keys[0] for one in server.seen)
    assert asked == {key: 1 + failed[key] for key in asked}  # nobody was asked for again without need
