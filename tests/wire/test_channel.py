"""Channels: what differs is sent, and whoever comes late or falls behind is given everything."""

import json
from contextlib import nullcontext

import pytest

from aedash.wire.board import Board, packed
from aedash.wire.channel import RING, Channel


def board(version="1", **parts):
    return Board(parts, version, stamp=5.0)


def channel(*boards):
    """A channel that has taken these up, one a number from 1 on."""
    made = Channel("run/a", lambda: None)
    for number, each in enumerate(boards, 1):
        made.take(each, number)
    return made


def events(data):
    """[(id, what is said)] of the bytes of a stream."""
    blocks = [block.split(b"\n") for block in data.split(b"\n\n") if block]
    assert all(len(block) == 2 for block in blocks)
    return [(int(number.removeprefix(b"id: ")), json.loads(said.removeprefix(b"data: "))) for number, said in blocks]


def test_the_first_thing_that_is_said_is_everything():
    data, seen = channel(board(x=1, y="two\nlines")).since(0)
    said = {"channel": "run/a", "version": "1", "stamp": 5.0, "whole": True, "parts": {"x": 1, "y": "two\nlines"}}
    assert (events(data), seen) == ([(1, said)], 1)


def test_before_the_first_board_nothing_is_said():
    assert channel().since(0) == (b"", 0)
    assert channel().whole() == b""


def test_only_parts_that_differ_are_sent():
    data, seen = channel(board(x=1, y=[1, 2]), board(x=1, y=[1, 3], z={})).since(1)
    [(number, said)] = events(data)
    assert (number, seen, said["whole"], said["parts"]) == (2, 2, False, {"y": [1, 3], "z": {}})


def test_equal_boards_are_no_news():
    made = channel(board(x={"a": 1.5}))
    assert not made.take(Board({"x": {"a": 1.5}}, "1", stamp=6.0), 2)
    assert made.since(1) == (b"", 1)


def test_another_version_is_news_though_no_part_differs():
    [(_, said)] = events(channel(board(x=1), board("2", x=1)).since(1)[0])
    assert (said["version"], said["parts"]) == ("2", {})


def test_a_part_that_is_no_more_makes_the_next_event_whole():
    [(_, said)] = events(channel(board(x=1, y=2), board(x=1)).since(1)[0])
    assert (said["whole"], said["parts"]) == (True, {"x": 1})


def test_a_curve_travels_as_what_was_appended():
    line = {"name": "loss", "x": [1, 2], "y": [9.0, 8.0]}
    longer = {"name": "loss", "x": [1, 2, 3], "y": [9.0, 8.0, 7.0]}
    made = channel(board(loss={"lines": [line], "best": 8}), board(loss={"lines": [longer], "best": 7}))
    [(_, said)] = events(made.since(1)[0])
    assert said["parts"]["loss"] == {"append": True, "best": 7, "lines": [{"name": "loss", "x": [3], "y": [7.0]}]}
    [(_, said)] = events(made.since(0)[0])
    assert said["parts"]["loss"] == {"best": 7, "lines": [longer]}


@pytest.mark.parametrize("behind", range(1, RING + 3))
def test_a_reader_ends_with_the_last_state_however_far_it_fell_behind(behind):
    made = channel(*(board(x=n, slow=n // 4) for n in range(1, 21)))
    data, seen = made.since(20 - behind)
    shown = {"x": 20 - behind, "slow": (20 - behind) // 4}
    told = events(data)
    for _, said in told:
        shown = said["parts"] if said["whole"] else shown | said["parts"]
    assert (seen, shown) == (20, {"x": 20, "slow": 5})
    assert len(told) == (behind if behind <= RING else 1)
    assert told[0][1]["whole"] == (behind > RING)


def test_the_ring_is_bounded():
    made = channel(*(board(x=n) for n in range(1, 500)))
    assert len(made._ring) == RING


@pytest.mark.parametrize("part", [float("nan"), float("inf"), object(), b"bytes"])
def test_a_part_that_is_no_json_is_refused_and_the_last_state_kept(part):
    made = channel(board(x=1))
    with pytest.raises((ValueError, TypeError)):
        made.take(board(x=2, y=part), 2)
    assert events(made.since(0)[0])[0][1]["parts"] == {"x": 1}


def test_the_whole_state_has_the_number_of_what_it_holds():
    """Else a reader would be given what was appended meanwhile a second time."""
    made = channel(board(x=1), board(x=2))

    class Meanwhile:
        """A lock behind which the next board comes in at once."""

        def __enter__(self):
            pass

        def __exit__(self, *_):
            made._lock = nullcontext()
            made.take(board(x=3), 3)

    made._lock = Meanwhile()
    data, seen = made.since(0)
    [(number, said)] = events(data)
    assert (number, said["parts"], seen) == (2, {"x": 2}, 2)
    assert [number for number, _ in events(made.since(seen)[0])] == [3]


def test_packed_is_one_line_of_ascii():
    data = packed({"name": "a\r\n\x00\u2028\x85", "emoji": "\U0001f600"})
    assert data.isascii()
    assert not set(data) & set(b"\r\n\x00")
    assert json.loads(data) == {"name": "a\r\n\x00\u2028\x85", "emoji": "\U0001f600"}


def test_news_concern_a_channel_by_its_own_name_and_those_that_its_board_is_of():
    made = channel(Board({}, "1", of=frozenset({"run/1", "run/2"})))
    names = ("run/a", "run/1", "run/2", "run/3", "a", "run/")
    assert [name for name in names if made.concerned(name)] == ["run/a", "run/1", "run/2"]
