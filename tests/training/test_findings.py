"""Findings from hand-made epochs: each with the number behind it, and none for a healthy run."""

from dataclasses import replace

import pytest

from aedash.events import EpochEnd, Figures, References
from aedash.training.findings import diverged, findings, result
from tests import fakes

LINES = References((), {"mean image": 0.0673})
PLAIN = fakes.config(epochs=30)
VARIATIONAL = fakes.config(**fakes.VARIATIONAL, epochs=30)
HEALTHY = Figures(
    loss=10.0,
    mse=0.02,
    terms={"reconstruction": 10.0, "kl": 12.0},
    code_size=20,
    code_units=20,
    output_variation=0.7,
    output_mean=0.13,
)


def ends(losses, split="validation", train=None, **last):
    """One epoch a loss; `last` changes the last one's figures."""
    train = train or [loss * 0.9 for loss in losses]
    made = [
        EpochEnd(i, i * 400, split, {"loss": train[i - 1]}, replace(HEALTHY, loss=loss), best=True)
        for i, loss in enumerate(losses, start=1)
    ]
    return [*made[:-1], replace(made[-1], figures=replace(made[-1].figures, **last))]


FALLING = [30, 20, 15, 12, 11, 10, 9, 8, 7, 6]


@pytest.mark.parametrize("config", [PLAIN, VARIATIONAL], ids=["plain", "variational"])
@pytest.mark.parametrize("split", ["validation", "test"])
@pytest.mark.parametrize("epochs", range(1, 11))
def test_a_healthy_run_has_none(config, split, epochs):
    assert findings(ends(FALLING[:epochs], split), LINES, config) == ()


def told(kind, made, config=PLAIN, lines=LINES):
    """The one finding, of that kind, as one text."""
    (finding,) = findings(made, lines, config)
    assert finding.kind == kind
    return f"{finding.severity}: {finding.headline} {finding.detail}"


BLACK = {"output_variation": 0.0004, "output_mean": 0.0002, "mse": 0.1118}
MEAN = {"output_variation": 0.0012, "mse": 0.0675}
OFF = {"output_variation": 7e-6, "mse": 0.0975, "code_size": 0, "terms": {"kl": 0.0028}}
CONSTANT = {"output_variation": 0.0, "mse": 0.3, "output_mean": 0.5}


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        (BLACK, ["Collapsed: every output is the same picture, an all-black one.", "by 0.0%", "saturated at zero"]),
        (MEAN, ["the mean image (its MSE is 0.0673)", "by 0.1%", "ignores the code"]),
        (OFF, ["a constant one", "The code is switched off (KL 0.0028 nats): beta is too large."]),
        (CONSTANT, ["a constant one", "by 0.0%"]),
    ],
)
def test_collapse(figures, words):
    text = told("collapse", ends(FALLING, **figures))
    assert text.startswith("bad: ")
    assert all(word in text for word in words)


def test_the_cause_fits_the_objective():
    assert "beta" not in told("collapse", ends(FALLING, **MEAN, terms={"reconstruction": 9.0}))
    assert "a smaller beta" in told("collapse", ends(FALLING, **MEAN, terms={"kl": 3.0}))
    weak = CONSTANT | {"code_size": 3, "terms": {"kl": 0.2}}
    assert "beta is too large" in told("collapse", ends(FALLING, **weak))


def test_collapse_is_not_called_in_the_first_steps():
    (end,) = ends([30], **BLACK)
    assert findings([replace(end, step=199)], LINES, PLAIN) == ()
    assert findings([replace(end, step=200)], LINES, PLAIN)


def test_collapse_needs_no_references():
    assert "an all-black one" in told("collapse", ends(FALLING, **BLACK), lines=None)


def test_a_code_that_is_switched_off():
    made = ends(FALLING, code_size=0, terms={"reconstruction": 9.0, "kl": 0.0031})
    text = told("switched-off code", made, VARIATIONAL)
    assert "KL is 0.0031 nats" in text


def test_a_collapsed_run_is_told_once():
    assert told("collapse", ends(FALLING, code_size=0, **MEAN), VARIATIONAL)


@pytest.mark.parametrize(
    ("live", "channels", "config", "words"),
    [
        (
            14,
            None,
            PLAIN,
            "warn: 6 of 20 code units are dead. They never change on these images; the code is really 14 n",
        ),
        (19, None, PLAIN, "info: 1 of 20 code units are dead."),
        (14, (1, 4), PLAIN, "6 of 20 code units are dead, 1 of 4 channels whole."),
        (14, (0, 4), PLAIN, "6 of 20 code units are dead."),
        (14, None, VARIATIONAL, "They carry less than 0.01 nats; the code is really 14 numbers."),
    ],
)
def test_dead_units(live, channels, config, words):
    assert words in told("dead units", ends(FALLING, code_size=live, dead_channels=channels), config)


RISING = [10.0, 8.0, 6.0, 6.1, 6.2, 6.3, 6.4, 6.6]


def test_overfitting():
    train = [9.0, 7.0, 5.0, 4.8, 4.6, 4.4, 4.2, 4.0]
    text = told("overfitting", ends(RISING, train=train))
    assert text.startswith("warn: Overfitting since epoch 3.")
    assert "rose 10.0% in 5 epochs" in text
    assert "epoch 3 is kept" in text


@pytest.mark.parametrize(
    ("losses", "train", "split"),
    [
        (RISING, [9.0, 7.0, 5.0, 5.1, 5.2, 5.3, 5.4, 5.5], "validation"),
        (RISING, None, "test"),
        (RISING[:7], None, "validation"),
    ],
    ids=["training rises too", "nothing held out", "not yet long enough"],
)
def test_no_overfitting(losses, train, split):
    train = train or [9 - i for i in range(len(losses))]
    assert findings(ends(losses, split, train), LINES, PLAIN) == ()


def test_at_the_baseline():
    text = told("at baseline", ends([30, 20], mse=0.0668))
    assert "MSE per pixel is 0.0668; showing the mean image for everything gives 0.0673" in text


def test_flat():
    losses = [30.0, 20.0, 10.0, *[9.999 - i * 0.0001 for i in range(8)]]
    text = told("flat", ends(losses, "test"))
    assert text.startswith("info: Flat for 8 epochs: stop now?")
    assert "The test loss fell by 0.02% in that time." in text


def test_the_last_epoch_is_not_called_flat():
    made = ends([10.0] * 10, "test")
    assert findings(made, LINES, fakes.config(epochs=10)) == ()
    assert told("flat", made, fakes.config(epochs=11))


@pytest.mark.parametrize(("rate", "cure"), [(0.1, True), (1e-4, False)])
def test_diverged(rate, cure):
    finding = diverged(epoch=2, step=1234, learning_rate=rate)
    assert finding.headline == "Diverged in epoch 3: the loss became infinite at step 1,234."
    assert f"Learning rate {rate:g}" in finding.detail
    assert ("Try a tenth" in finding.detail) == cure


def test_the_most_serious_comes_first():
    train = [9.0, 7.0, 5.0, 4.8, 4.6, 4.4, 4.2, 4.0]
    found = findings(ends(RISING, train=train, code_size=0, terms={"kl": 0.0}), LINES, VARIATIONAL)
    assert [finding.kind for finding in found] == ["switched-off code", "overfitting"]


@pytest.mark.parametrize(
    ("mse", "baselines", "severity", "words"),
    [
        (
            0.007,
            {"mean image": 0.0675, "PCA, 20 numbers": 0.0235},
            "good",
            "30% of the error of PCA, 20 numbers (0.0235)",
        ),
        (0.03, {"mean image": 0.0675, "PCA, 20 numbers": 0.0235}, "info", "1.3 times the error of PCA, 20 numbers"),
        (0.01, {"mean image": 0.04}, "good", "25% of the error of mean image (0.0400)"),
    ],
)
def test_a_finished_run_is_held_against_pca(mse, baselines, severity, words):
    figures = Figures(loss=1.0, mse=mse, terms={})
    found = result(figures, References((), baselines), "Look for blur.")
    assert found.severity == severity
    assert words in found.headline
    assert found.detail == (
        "Look next: Look for blur." if severity == "good" else "Train longer, or give the code more numbers."
    )
    assert result(figures, None, "") is None


def test_a_net_gone_astray_is_told_so():
    astray = ends([900.0, 800.0, 700.0], mse=0.3)
    kinds = {finding.kind: finding for finding in findings(astray, LINES, PLAIN)}
    assert "0.3000" in kinds["worse than nothing"].detail
    assert "0.0673" in kinds["worse than nothing"].detail
    assert "worse than nothing" not in {finding.kind for finding in findings(ends([12.0, 11.0, 10.0]), LINES, PLAIN)}
