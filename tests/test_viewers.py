"""What open pages cost: how it is counted."""

import socket

import pytest

from aedash.commands.bench import crowd, numbers, viewers
from aedash.commands.bench.viewers import Stretch, row


def told(stamp):
    return b'id: 1\ndata: {"channel":"run/a","version":"1","stamp":%.1f,"whole":false,"parts":{}}\n\n' % stamp


def test_an_event_counts_when_its_last_byte_is_there(monkeypatch):
    monkeypatch.setattr(crowd, "time", lambda: 105.0)
    here, there = socket.socketpair()
    page, heard = crowd.Page(here), crowd.Heard()
    first, second = b"retry: 1000\n\n" + told(100.0), told(104.5)
    with here, there:
        for part in (first[:60], first[60:] + second[:-1]):
            there.sendall(part)
            crowd.read(page, heard)
        assert (heard.delays, page.events) == ([5.0], 1)
        there.sendall(second[-1:])
        crowd.read(page, heard)
        assert (heard.delays, page.events, heard.bytes) == ([5.0, 0.5], 2, len(first + second))
        there.close()
        with pytest.raises(ConnectionError):
            crowd.read(page, heard)


def test_a_row_tells_shares_of_the_pace_around_it_and_costs_a_viewer(capsys):
    alone = Stretch(1000.0, 0.0, 0.0, [], 0.0)
    rounds = [
        (alone, Stretch(pace, 0.02, 0.01, [0.01] * 19 + [0.5], 50_000.0), alone) for pace in (900.0, 950.0, 800.0)
    ]
    told = row("thread", 10, rounds)
    assert (told["images"], told["kept"], told["cpu_ms"], told["own_ms"], told["kilobytes"]) == (
        900,
        0.9,
        2.0,
        1.0,
        5.0,
    )
    assert (told["delay_p50"], told["viewers"], told["executor"]) == (10.0, 10, "thread")
    assert 10 < told["delay_p95"] <= 500
    nobody = row("process", 0, [(alone, alone, alone)])
    assert (nobody["kept"], nobody["delay_p50"], nobody["cpu_ms"]) == (1.0, None, 0.0)
    viewers.show([told, nobody])
    lines = capsys.readouterr().out.splitlines()
    assert [len(line) for line in lines] == [len(lines[0])] * 3
    assert "90.0%" in lines[1]
    assert "–" in lines[2]


@pytest.mark.parametrize("text", ["", "a", "1,", "1;2", "1.5"])
def test_counts_are_whole_numbers(text):
    with pytest.raises(ValueError, match="invalid literal"):
        numbers(text)
