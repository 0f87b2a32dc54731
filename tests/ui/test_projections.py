"""Maps of a survey and the line under them: every image at its own place, and what is said is what was measured."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from aedash.analysis.survey import Survey
from aedash.analysis.trained import Trained
from aedash.analysis.trust import alike, trust
from aedash.analysis.versus import pca_at, pixels
from aedash.history import History
from aedash.ui.desk import background, desk
from aedash.ui.desk.desk import Desk
from aedash.ui.explore import projections, trust_line
from aedash.ui.explore.bench import Bench
from aedash.ui.explore.projections import View, projected
from tests.ui import cells

RUN = cells.cell("1", cells.RunState.FINISHED).runs[0]
PLACES = np.arange(0, 180, 2)


@pytest.fixture(autouse=True)
def model(environment, digits, monkeypatch):
    """A model whose code is the image along four principal axes, the last of which is turned over."""
    background.forget()
    made = Trained(RUN.config, SimpleNamespace(latent_shape=(4,)), digits, digits.scaling("unit"))
    monkeypatch.setattr(desk, "trained", lambda *_: made)
    yield made
    background.forget()


@pytest.fixture
def codes(model):
    return pca_at(model, PLACES) * np.array([1, 1, 1, -1], np.float32)


def bench(codes, labels=None):
    labels = np.arange(len(codes)) % 10 if labels is None else labels
    survey = Survey(PLACES[: len(codes)], labels, codes, None, np.zeros(len(codes), np.float32))
    return Bench(RUN, History(), Desk(), survey, None, 0, len(codes))


def settled(one, ask):
    """What there is once all has been computed that is asked for on the way."""
    for _ in range(6):
        ask(replace(one, desk=Desk()))
        background.settle()
    return ask(one)


def seen(codes, *view, **how):
    one = bench(codes)
    found = settled(one, lambda one: projected(one, View(*view, **how)))
    assert not one.desk.refusals
    return found


@pytest.mark.parametrize(("name", "axes"), [("PCA", 2), ("PCA 3-D", 3)])
def test_principal_axes_keep_each_image_at_its_place_and_say_how_much_they_hold(codes, name, axes):
    found = seen(codes, name)
    values, vectors = np.linalg.eigh(np.cov(codes.T, bias=True))
    expected = (codes - codes.mean(0)) @ vectors[:, ::-1][:, :axes]
    np.testing.assert_allclose(np.abs(found.points), np.abs(expected), atol=1e-4)
    share = values[::-1][0] / values.sum()
    assert found.axes[0] == f"axis 1, {100 * share:.0f} % of the variance"
    assert found.drawn == pytest.approx(values[::-1][:axes].sum() / values.sum(), abs=1e-5)
    centre, matrix = found.linear
    np.testing.assert_allclose((codes - centre) @ matrix, found.points, atol=1e-5)


def test_any_two_units_are_axes(codes):
    found = seen(codes, "Units", (3, 1))
    np.testing.assert_array_equal(found.points, codes[:, [3, 1]])
    assert found.axes == ("unit 4", "unit 2")
    centre, matrix = found.linear
    np.testing.assert_allclose((codes - centre) @ matrix, found.points)
    assert seen(codes, "Units", (0, 99)).axes == ("unit 1", "unit 4")


def test_t_sne_begins_at_the_principal_axes_and_says_how_far_it_is(codes, monkeypatch):
    monkeypatch.setattr(desk, "computed", lambda *_: (_ for _ in ()).throw(background.Waiting(background.Work())))
    one = bench(codes)
    assert projected(one, View("t-SNE")) is None
    monkeypatch.undo()
    found = seen(codes, "t-SNE", perplexity=5.0)
    assert (found.done, found.axes, found.linear) == (1.0, (), None)
    assert trust(found.points, codes).trustworthiness > 0.95
    assert np.abs(found.points - seen(codes, "t-SNE", perplexity=5.0, seed=1).points).max() > 1


def test_raw_pixels_and_pca_stand_beside_the_code(codes, model):
    one = bench(codes)
    raw = settled(one, lambda one: projections.space(one, "pixels"))
    np.testing.assert_array_equal(raw, model.data.test.images.flatten(1).numpy()[PLACES])
    beside = settled(one, lambda one: projected(one, View("PCA").beside("PCA")))
    own = settled(one, lambda one: projected(one, View("PCA")))
    np.testing.assert_allclose(np.abs(beside.points), np.abs(own.points), atol=1e-3)


def test_a_code_of_all_pixels_has_no_pca_beside_it():
    wide = np.random.default_rng(0).standard_normal((30, 784)).astype(np.float32)
    assert projections.spaces(bench(wide)) == ("code", "pixels")
    assert projections.spaces(bench(wide[:, :783])) == ("code", "pixels", "PCA")


def test_images_that_are_not_there_have_nothing_beside_them(codes, monkeypatch):
    monkeypatch.setattr(projections, "present", lambda name: False)
    one = bench(codes)
    assert projections.spaces(one) == ("code",)
    assert "of the same class" not in settled(one, lambda one: trust_line.line(one, View()))
    assert "<th>raw pixels</th>" not in trust_line.line(one, View())


CODES = {
    "one number": (lambda codes: codes[:, :1], "The code is one number: all images lie on a line."),
    "constant": (np.ones_like, "All images have the same code: there is nothing to see."),
}


@pytest.mark.parametrize("which", CODES)
@pytest.mark.parametrize("name", ["PCA", "PCA 3-D", "t-SNE"])
def test_a_code_that_is_no_plane_is_told_in_a_sentence(codes, which, name):
    narrow, sentence = CODES[which]
    one = bench(narrow(codes))
    found = settled(one, lambda one: projected(one, View(name, perplexity=5.0)))
    assert np.isfinite(found.points).all()
    if name == "t-SNE":
        sentence = "" if which == "one number" else "All images have the same code: there is nothing to arrange."
    assert found.note == sentence
    assert sentence in settled(one, lambda one: trust_line.line(one, View(name, perplexity=5.0)))
    assert not one.desk.refusals


def test_a_code_of_two_numbers_has_an_empty_third_axis(codes):
    found = seen(codes[:, :2], "PCA 3-D")
    assert not found.points[:, 2].any()
    assert found.note == "The code has 2 numbers: the third axis is empty."


def test_fewer_points_than_the_perplexity_are_told(codes):
    found = seen(codes[:31], "t-SNE", perplexity=100.0)
    assert found.note == "31 images have a perplexity of at most 10: it is taken in place of 100."


def test_the_line_under_a_map_says_what_was_measured(codes, model):
    labels = model.data.test.labels.numpy()[PLACES]
    one = bench(codes, labels)
    html = settled(one, lambda one: trust_line.line(one, View()))
    points = settled(one, lambda one: projected(one, View())).points
    assert not one.desk.refusals
    measured = trust(points, codes)
    assert f"<b>{measured.trustworthiness:.3f}</b>" in html
    assert f"<b>{measured.continuity:.3f}</b>" in html
    for x in (points, codes, pixels(model, PLACES)):
        assert f"{100 * alike(x, labels).mean():.1f} %" in html
    assert "of 90 test images" in html
    assert "dots that touch may differ" in html
    assert html.count("<small>level</small>") >= 1  # this code is PCA, turned over


def test_the_verdict_is_level_within_the_spread_and_says_how_much_beyond(codes):
    some = np.random.default_rng(0).uniform(0.4, 0.6, 500)
    found = trust_line.Judgement(trust(codes, codes), {"code": some, "pixels": some[::-1].copy(), "PCA": some - 0.2})
    assert trust_line.verdict(found, {"pixels": "raw pixels", "PCA": "PCA, 4 numbers"}) == (
        "Same class among the 10 nearest: the code is level with raw pixels, and 20.0 points above PCA, 4 numbers."
    )


def test_what_a_map_does_not_mean_depends_on_its_kind(codes):
    def said(*view):
        one = bench(codes)
        return settled(one, lambda one: trust_line.line(one, View(*view)))

    assert "size of a group" in said("t-SNE")
    assert "Only 2 of 4 numbers are drawn" in said("Units", (0, 1))
    assert "dots that touch may differ" in said("PCA")
    assert "all three axes" in said("PCA 3-D")


def test_what_is_computed_of_an_older_survey_is_not_taken_for_the_newer_weights(codes):
    older = replace(bench(codes), of=(RUN.id, 1))
    newer = bench(codes * np.array([1, 1, 1, 5], np.float32))
    first = settled(older, lambda one: projected(one, View()))
    then = settled(newer, lambda one: projected(one, View()))
    assert first.drawn != then.drawn
    np.testing.assert_allclose((newer.survey.codes - then.linear[0]) @ then.linear[1], then.points, atol=1e-4)


def test_an_arrangement_that_parts_classes_more_clearly_than_the_code_says_so(codes):
    some = np.random.default_rng(0).uniform(0.4, 0.6, 500)

    def said(seen):
        return trust_line.gathered(
            View("t-SNE"), trust_line.Judgement(trust(codes, codes), {"map": seen, "code": some})
        )

    assert "the arranging's doing" in said(some + 0.1)
    assert [said(some), said(some[::-1]), said(some - 0.1)] == ["", "", ""]
