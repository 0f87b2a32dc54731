"""The tool Projections of Explore, and the line under its maps."""

from aedash.ui.desk import background


def settled(tab):
    for _ in range(6):
        background.settle(60)
        tab.again()
    return tab


def test_maps_stand_side_by_side_with_their_trust(open_page, trained):
    tab = settled(open_page("explore", run=trained, **{"view-tool": "Projections", "view-class": "3"}))
    assert not tab.problem
    for told in ("the code is", "are the same from all three starts", "Raw pixels", "PCA, 4 numbers", "effective"):
        assert told in tab.text
    assert tab.text.count("Trustworthiness") == 7  # of the large map, and of two rows of three
    maps = tab.live("cloud")
    assert [each["choice"]["class"] for each in maps] == [3] * 7
    assert len({each["pack"] for each in maps}) == 1


def test_a_perplexity_that_is_none_is_left_out(open_page, trained):
    tab = settled(open_page("explore", run=trained, **{"view-tool": "Projections", "view-starts": "31"}))
    assert tab.problem == "The link's starts could not be read and was left out."


def test_a_link_says_how_many_neighbours_a_t_sne_keeps(open_page, trained):
    tab = settled(open_page("explore", run=trained, **{"view-map": "t-SNE", "view-perplexity": "5"}))
    assert not tab.problem
    assert tab.live("cloud")[0]["map"] == "tsne-5"
    assert "the size of a group" in tab.text
    tab = settled(open_page("explore", run=trained, **{"view-map": "t-SNE", "view-perplexity": "1e9"}))
    assert tab.problem == "The link's perplexity could not be read and was left out."
    assert tab.live("cloud")[0]["map"] == "tsne"
