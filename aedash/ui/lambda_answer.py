"""What the Lambda page says in words, made from the measured numbers alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite, log

from aedash.analysis.contraction import SIGMAS, Baseline, Contraction
from aedash.figures.lambdas import Spread
from aedash.ui import frame
from aedash.ui.answers import answered, expected, progress, remarks
from aedash.ui.sweeps import Cell

LOOK_FOR = "A good lambda loses little on clean images and gains on noisy ones; too much of it draws the mean picture."
LEARNT = 0.95  # of the mean picture's error: a model above that draws little else
STRONG, WEAK = 5.0, 1e-4  # the published pair
BATCH, PIXELS = 64, 784  # R2 sums its penalty over the one and means its error over the other
UNLIKE = f", in a convention whose 10⁻⁴ is 10⁻⁴ × {BATCH} × {PIXELS} = {WEAK * BATCH * PIXELS:.2f} per image"

Figure = Callable[[Contraction], float]


@dataclass(frozen=True)
class Value:
    """One lambda: how it is written, and what was measured of it, {seed: figures}; empty while nothing is."""

    weight: float
    label: str
    found: dict[int, Contraction]

    @property
    def name(self) -> str:
        return f"λ = {self.label}"

    def spread(self, figure: Figure) -> Spread:
        """Mean, lowest and highest over seeds."""
        values = [figure(each) for each in self.found.values()]
        return sum(values) / len(values), min(values), max(values)

    def mean(self, figure: Figure) -> float:
        return self.spread(figure)[0]

    def told(self, figure: Figure) -> str:
        """The mean, with the range where there are several seeds."""
        mean, low, high = self.spread(figure)
        return f"{mean:.4f}" + (f" ({low:.4f} to {high:.4f})" if len(self.found) > 1 else "")

    def below(self, other: "Value", figure: Figure) -> str:
        """In how many of the seeds that both have this figure is lower, " (in 3 of 3 seeds)"; of several only."""
        both = self.found.keys() & other.found.keys()
        wins = sum(figure(self.found[seed]) < figure(other.found[seed]) for seed in both)
        return f" (in {wins} of {len(both)} seeds)" if len(both) > 1 else ""


def error(sigma: float) -> Figure:
    """MSE per pixel at that noise, one of SIGMAS."""
    place = min(range(len(SIGMAS)), key=lambda i: abs(SIGMAS[i] - sigma))
    return lambda found: found.mse[place]


def headline(
    values: Sequence[Value], sigma: float, baseline: Baseline | None = None, cells: Sequence[Cell] = ()
) -> str:
    """HTML, one line: the best lambda on noisy images, by how much, and what it costs on clean ones.

    cells: the runs behind the values; what did not go as planned with them is told at the end.
    """
    known, aside = [value for value in values if value.found], remarks(cells, "λ =")
    if aside and not expected(cells):
        return frame.caution(f"Nothing could be measured.{aside}")
    if not known:
        return frame.note(LOOK_FOR)
    best = _best(known, error(sigma))
    if so_far := progress(sum(len(value.found) for value in known), cells):
        lowest = f"Lowest error at noise {sigma:g} so far: {best.name}, {best.told(error(sigma))}."
        return frame.note(f"{so_far} {lowest}{aside}")
    sharpest = _best(known, error(0))
    if baseline and sharpest.mean(error(0)) > LEARNT * baseline.mean_picture:
        return _nothing_learnt(sharpest, baseline, aside)
    first, text = f"Best at noise {sigma:g}: {best.name}", f", MSE {best.told(error(sigma))}"
    control = _control(known)
    if best is not control:
        text += f", {_percent(best, control, error(sigma))} {control.name}{best.below(control, error(sigma))}"
    if sharpest is best:
        text += f". It is best on clean images, too: {best.told(error(0))}"
    else:
        text += f". On clean images {sharpest.name}, {sharpest.told(error(0))}"
        text += f"; {best.name} is {_percent(best, sharpest, error(0))} that"
    return answered("good", first, f"{text}.{aside}")


def _nothing_learnt(best: Value, baseline: Baseline, aside: str) -> str:
    text = f" The best, {best.name}, has an error of {best.told(error(0))} on clean images"
    mean = f"the mean picture alone one of {baseline.mean_picture:.4f}. Train for more epochs before you compare"
    return answered("warn", "Nothing has been learnt yet.", f"{text}, {mean}.{aside}")


def words(
    values: list[Value], sigma: float, baseline: Baseline | None, published: bool = False
) -> list[tuple[str, str]]:
    """(what, sentence): plain text. Nothing while fewer than two lambdas are measured.

    published: whether the lambdas are in R2's own convention, not per image.
    """
    known = [value for value in values if value.found]
    if len(known) < 2:
        return []
    told = [
        ("Clean images", _range_of(known, error(0))),
        (f"Noise {sigma:g}", _range_of(known, error(sigma)) + _against_none(known, sigma, baseline)),
        ("5 against 10⁻⁴", _claim(known, sigma or 0.4, published)),
        ("Jacobian", _norm(known)),
        ("Classes", _classes(known)),
    ]
    return [(what, sentence) for what, sentence in told if sentence]


def _best(known: list[Value], figure: Figure) -> Value:
    return min(known, key=lambda value: value.mean(figure))


def _control(known: list[Value]) -> Value:
    return min(known, key=lambda value: value.weight)


def _percent(value: Value, other: Value, figure: Figure) -> str:
    share = value.mean(figure) / other.mean(figure) - 1
    if abs(share) < 0.005:
        return "level with"
    return f"{abs(share):.0%} {'below' if share < 0 else 'above'}".replace("%", " %")


def _range_of(known: list[Value], figure: Figure) -> str:
    best, worst = _best(known, figure), max(known, key=lambda value: value.mean(figure))
    times = worst.mean(figure) / best.mean(figure)
    more = f"{times:.2g} times that" if times >= 2 else f"{_percent(worst, best, figure)} that"
    return f"{best.name} is best, {best.told(figure)}; {worst.name} is worst, {worst.told(figure)}, {more}."


def _against_none(known: list[Value], sigma: float, baseline: Baseline | None) -> str:
    """Which models do worse than no model."""
    if baseline is None:
        return ""
    lost = [value.label for value in known if value.mean(error(sigma)) >= baseline.mean_picture]
    return f" The mean picture alone, {baseline.mean_picture:.4f}, beats λ = {', '.join(lost)}." if lost else ""


def _claim(known: list[Value], sigma: float, published: bool) -> str:
    """The reference's sentence, that lambda 5 is very sensitive to noise and 1e-4 not, held against the figures."""
    strong, weak = (next((v for v in known if v.weight == weight), None) for weight in (STRONG, WEAK))
    if strong is None or weak is None:
        return ""
    noisy = error(sigma)

    def added(found: Contraction) -> float:
        return noisy(found) - error(0)(found)

    less = strong.mean(added) < weak.mean(added)
    seeds = strong.below(weak, added) if less else weak.below(strong, added)
    verdict = f"{(strong if less else weak).name} is the less sensitive{seeds}"
    lower = strong.mean(noisy) < weak.mean(noisy)
    why = "lower" if lower else "higher all the same, for it is blurred from the start" if less else "higher"
    return (
        f"R2 found {strong.name} very sensitive to noise and {weak.label} not{'' if published else UNLIKE}. "
        f"Here noise {sigma:g} adds {strong.told(added)} to the error of {strong.name} and {weak.told(added)} "
        f"to that of {weak.label}: {verdict}. The error of {strong.name} there, {strong.told(noisy)} "
        f"against {weak.told(noisy)}, is {why}.{_against_control(known, strong, weak, noisy)}"
    )


def _against_control(known: list[Value], strong: Value, weak: Value, noisy: Figure) -> str:
    """Where both stand beside a network without any penalty."""
    control = _control(known)
    if control.weight:
        return ""
    shares = [_percent(value, control, noisy) for value in (strong, weak)]
    beside = f"{strong.label} is {shares[0]} it, {weak.label} is {shares[1]} it"
    return f" Beside {control.name}, {control.told(noisy)}: {beside}."


def _norm(known: list[Value]) -> str:
    """What the penalty did to the Jacobian, and how much of that is the code's own scale."""
    first, last = _control(known), max(known, key=lambda value: value.weight)
    norm, share = ([v.mean(figure) for v in (first, last)] for figure in (_squared, _scaled))
    shift = [value.mean(_shift) for value in (first, last)]
    dead = [v.name for v, *figures in zip((first, last), norm, share, shift, strict=True) if not _lives(*figures)]
    if dead:
        return f"At {' and '.join(dead)} the code does not vary over images: it carries nothing."
    text = (
        f"From {first.name} to {last.label} the squared norm {_fold(norm)}, divided by the code's variance it "
        f"{_fold(share)}; noise 0.3 moves the code by {shift[0]:.1%} and {shift[1]:.1%} of its variance."
    ).replace("%", " %")
    shrunk = norm[0] > norm[1] and log(norm[0] / norm[1]) > 2 * abs(log(share[0] / share[1]))
    return text + (" Most of the fall is the code shrinking." if shrunk else "")


def _lives(norm: float, share: float, shift: float) -> bool:
    return all(map(isfinite, (norm, share, shift))) and min(norm, share) > 0


def _squared(found: Contraction) -> float:
    return found.sensitivity.norm


def _scaled(found: Contraction) -> float:
    return found.sensitivity.norm_over_variance


def _shift(found: Contraction) -> float:
    return found.sensitivity.relative_shift


def _fold(pair: list[float]) -> str:
    times = pair[0] / pair[1]
    big = max(times, 1 / times)
    many = f"{big:,.0f}-fold" if big >= 10 else f"{big:.1f}-fold"
    return f"falls {many}" if times > 1 else f"rises {many}"


def _classes(known: list[Value]) -> str:
    """Which code a linear classifier reads best."""
    control, best = _control(known), max(known, key=lambda value: value.mean(_linear))
    text = f"A linear probe of the code is right most often at {best.name}: {best.mean(_linear):.1%}"
    text += "" if best is control else f", against {control.mean(_linear):.1%} at {control.name}"
    nearest = max(known, key=lambda value: value.mean(_nearest))
    return f"{text}; its five nearest codes at {nearest.name}: {nearest.mean(_nearest):.1%}.".replace("%", " %")


def _linear(found: Contraction) -> float:
    return found.probe.linear


def _nearest(found: Contraction) -> float:
    return found.probe.nearest
