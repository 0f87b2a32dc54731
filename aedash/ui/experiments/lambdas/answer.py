"""What the Lambda page says in words, made from the measured numbers alone; `level` says what is a difference."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, log

from aedash.analysis.contraction import SIGMAS, Baseline, Contraction
from aedash.analysis.level import Difference, choosing, compare, crossing, quoted, spread
from aedash.events import Floats
from aedash.figures.lambdas import Spread
from aedash.formatting import count, number, percent
from aedash.ui.experiments.shared.cells import Cell
from aedash.ui.experiments.shared.remarks import NONE, ONE_SEED, against, answered, expected, progress, remarks, tone
from aedash.ui.shell import frame
from aedash.words import listed

LOOK_FOR = "A good lambda loses little on clean images and gains on noisy ones; too much of it draws the mean picture."
LEARNT = 0.95  # of the mean picture's error: a model above that draws little else
STRONG, WEAK = 5.0, 1e-4  # the published pair
BATCH, PIXELS = 64, 784  # R2 sums its penalty over the one and means its error over the other
UNLIKE = f", in a convention whose 10⁻⁴ is 10⁻⁴ × {BATCH} × {PIXELS} = {WEAK * BATCH * PIXELS:.2f} per image"
Figure = Callable[[Contraction], float]  # of one run
Errors = Callable[[Contraction], Floats]  # (N,) of one run, one an image, lower is better


@dataclass(frozen=True)
class Value:
    """One lambda: how it is written, and what was measured of it, {seed: figures}; empty while nothing is."""

    weight: float
    label: str
    seeds: dict[int, Contraction]

    @property
    def name(self) -> str:
        return f"λ = {self.label}"

    def spread(self, figure: Figure) -> Spread:
        """Mean, lowest and highest over seeds."""
        return spread(figure(measure) for measure in self.seeds.values())

    def mean(self, figure: Figure) -> float:
        return self.spread(figure)[0]

    def words(self, figure: Figure) -> str:
        """The mean, with the range where there are several seeds."""
        mean, low, high = map(number, self.spread(figure))
        return f"{mean} ({low} to {high})" if len(self.seeds) > 1 else mean

    def quoted(self, errors: Errors) -> list[Floats]:
        """Of each seed, over the images that are quoted."""
        return [quoted(errors(measure)) for measure in self.seeds.values()]

    def against(self, other: "Value", errors: Errors, least: float | None = None) -> Difference:
        """How far it lies from the other on the quoted images, and whether that is more than chance; see `compare`."""
        return compare(self.quoted(errors), other.quoted(errors), least)


def errors(sigma: float) -> Errors:
    """MSE per pixel of each image at that noise, one of SIGMAS."""
    place = min(range(len(SIGMAS)), key=lambda i: abs(SIGMAS[i] - sigma))
    return lambda measure: measure.errors[place]


def error(sigma: float) -> Figure:
    """The mean of `errors` over the quoted images."""
    return lambda measure: float(quoted(errors(sigma)(measure)).mean(dtype=float))


def headline(
    values: Sequence[Value],
    sigma: float,
    baseline: Baseline | None = None,
    cells: Sequence[Cell] = (),
    refused: Mapping[str, str] = NONE,
) -> str:
    """HTML, one line: the best lambda on noisy images, by how much, and what it costs on clean ones.

    cells: the runs behind the values; what did not go as planned with them is told at the end. refused: {run id: why it
    cannot be measured}.
    """
    measured, aside = [value for value in values if value.seeds], remarks(cells, "λ =", refused)
    if aside and not expected(cells, refused):
        return frame.caution(f"Nothing could be measured.{aside}")
    if not measured:
        return frame.note(LOOK_FOR)
    learnt = [value for value in measured if not draws_mean(value, baseline)]
    if so_far := progress(sum(len(value.seeds) for value in measured), cells, refused):
        return frame.note(f"{so_far}{_so_far(learnt, sigma)}{aside}")
    if not learnt and baseline:
        return _nothing_learnt(best_of(measured, errors(0)), baseline, aside)
    best, control = best_of(learnt, errors(sigma)), control_of(learnt)
    first, rest = _best(best, control, sigma)
    rest += _level(learnt, best, control, sigma)
    if sigma and len(learnt) > 1:
        rest += _clean(learnt, best)
    rest += _overtaken(learnt, best) + _dull(measured, learnt)
    seeds = ONE_SEED if len(learnt) > 1 and min(len(value.seeds) for value in learnt) == 1 else ""
    kind = tone(best.against(control, errors(sigma)))
    return answered(kind, first, f"{rest}{seeds}{aside}")


def _so_far(learnt: list[Value], sigma: float) -> str:
    if not learnt:
        return ""
    best = best_of(learnt, errors(sigma))
    return f" Lowest error at noise {sigma:g} so far: {best.name}, {best.words(error(sigma))}."


def _best(best: Value, control: Value, sigma: float) -> tuple[str, str]:
    """(bold clause, what follows) of the lambda that was chosen, held against the lowest lambda."""
    at, apart = best.words(error(sigma)), best.against(control, errors(sigma))
    if best is control:
        return f"Best at noise {sigma:g}: {best.name}", f", MSE {at}."
    if not apart.lower:
        theirs = control.words(error(sigma))
        first = f"At noise {sigma:g} no λ is better than {control.label}"
        return first, f": {best.name}, MSE {at}, is {against(apart, control.name)}, {theirs}."
    return f"Best at noise {sigma:g}: {best.name}", f", MSE {at}, {against(apart, control.name)}."


def _level(learnt: list[Value], best: Value, control: Value, sigma: float) -> str:
    """Which other lambdas are level with the best; whether the lowest is, was said before."""
    others = [value for value in learnt if value not in (best, control)]
    labels = [value.label for value in others if value.against(best, errors(sigma)).level]
    return f" Level with it: λ = {listed(labels)}." if labels else ""


def _clean(learnt: list[Value], best: Value) -> str:
    """What the chosen lambda costs on clean images."""
    sharpest = best_of(learnt, errors(0))
    if sharpest is best:
        return f" Its error is the lowest on clean images, too: {best.words(error(0))}."
    apart = best.against(sharpest, errors(0))
    return f" On clean images it is {against(apart, sharpest.name)}, {sharpest.words(error(0))}."


def _overtaken(learnt: list[Value], best: Value) -> str:
    """From which noise on another lambda is better than the one that was chosen."""
    other = best_of(learnt, errors(SIGMAS[-1]))
    where = better_from(other, best)
    return "" if where is None else f" From noise {where:g} on {other.name} is better."


def better_from(value: Value, other: Value) -> float | None:
    """The noise from which on, up to the strongest, its error is lower by more than chance; None: from none."""
    lower = [value.against(other, errors(sigma)).lower for sigma in SIGMAS]
    where = next((i for i in range(len(SIGMAS)) if all(lower[i:])), None)
    return None if where is None else SIGMAS[where]


def _crossing(value: Value, other: Value) -> float | None:
    return crossing(SIGMAS, *([each.mean(error(sigma)) for sigma in SIGMAS] for each in (value, other)))


def _dull(measured: list[Value], learnt: list[Value]) -> str:
    labels = [value.label for value in measured if value not in learnt]
    verb = "draws" if len(labels) == 1 else "draw"
    return f" λ = {listed(labels)} {verb} the mean picture." if labels else ""


def draws_mean(value: Value, baseline: Baseline | None) -> bool:
    """Whether a measured lambda does hardly better on clean images than the mean picture."""
    return baseline is not None and value.mean(error(0)) > LEARNT * baseline.mean_picture


def _nothing_learnt(best: Value, baseline: Baseline, aside: str) -> str:
    text = f" The best, {best.name}, has an error of {best.words(error(0))} on clean images"
    mean = f"the mean picture alone one of {number(baseline.mean_picture)}. Train for more epochs before you compare"
    return answered("warn", "Nothing has been learnt yet.", f"{text}, {mean}.{aside}")


def pays(values: Sequence[Value], sigma: float, baseline: Baseline | None) -> str:
    """What the chart of error against lambda shows, in one short sentence."""
    learnt = [value for value in values if value.seeds and not draws_mean(value, baseline)]
    if not learnt:
        return "Nothing has been learnt yet." if any(value.seeds for value in values) else ""
    best, control = best_of(learnt, errors(sigma)), control_of(learnt)
    if len(learnt) == 1:
        return ""
    if best.against(control, errors(sigma)).lower:
        return f"The dip at {best.label} pays on noisy images."
    return f"On noisy images no dip below {control.name}."


def words(
    values: Sequence[Value], sigma: float, baseline: Baseline | None, published: bool = False
) -> list[tuple[str, str]]:
    """(what, sentence): plain text. Nothing while fewer than two lambdas are measured, or none has learnt anything.

    published: whether the lambdas are in R2's own convention, not per image.
    """
    measured = [value for value in values if value.seeds]
    learnt = [value for value in measured if not draws_mean(value, baseline)]
    if len(measured) < 2 or not learnt:
        return []
    sentences = [
        ("Clean images", _range_of(measured, 0)),
        (f"Noise {sigma:g}", _range_of(measured, sigma) + _lost(measured, sigma, baseline)),
        ("More noise", _more_noise(learnt)),
        ("5 against 10⁻⁴", _claim(measured, sigma or 0.4, published)),
        ("Jacobian", _norm(measured)),
        ("Classes", _classes(measured)),
    ]
    return [(what, sentence) for what, sentence in sentences if sentence]


def best_of(measured: Sequence[Value], errors: Errors) -> Value:
    """The lowest error on the images that choose."""
    return min(measured, key=lambda value: value.mean(lambda measure: float(choosing(errors(measure)).mean())))


def control_of(measured: Sequence[Value]) -> Value:
    """The lowest lambda."""
    return min(measured, key=lambda value: value.weight)


def _range_of(measured: list[Value], sigma: float) -> str:
    best, worst = best_of(measured, errors(sigma)), max(measured, key=lambda value: value.mean(error(sigma)))
    apart = worst.against(best, errors(sigma))
    ours, theirs = best.words(error(sigma)), worst.words(error(sigma))
    if best is worst or apart.level:
        return f"All λ are level: {ours} at {best.label}, {theirs} at {worst.label}."
    return f"{best.name} is best, {ours}; {worst.name} is worst, {theirs}, {against(apart, best.name)}."


def _lost(measured: list[Value], sigma: float, baseline: Baseline | None) -> str:
    """Which models do worse than no model."""
    if baseline is None:
        return ""
    lost = [value.label for value in measured if value.mean(error(sigma)) >= baseline.mean_picture]
    return f" The mean picture alone, {number(baseline.mean_picture)}, beats λ = {', '.join(lost)}." if lost else ""


def _more_noise(learnt: list[Value]) -> str:
    """Where the curves of the lowest lambda and of the one that is best at the strongest noise cross."""
    control, strong = control_of(learnt), best_of(learnt, errors(SIGMAS[-1]))
    apart, begins = strong.against(control, errors(SIGMAS[-1])), better_from(strong, control)
    if begins is None:
        return ""
    where = _crossing(strong, control)
    cross = "" if where is None else f"; their curves cross at about {where:.2f}"
    end = f"At noise {SIGMAS[-1]:g} its error, {strong.words(error(SIGMAS[-1]))}, is {against(apart, control.name)}."
    return f"{strong.name} is better than {control.name} from noise {begins:g} on{cross}. {end}"


def _claim(measured: list[Value], sigma: float, published: bool) -> str:
    """The reference's sentence, that lambda 5 is very sensitive to noise and 1e-4 not, held against the figures."""
    strong, weak = (next((v for v in measured if v.weight == weight), None) for weight in (STRONG, WEAK))
    if strong is None or weak is None:
        return ""
    noisy, more = error(sigma), strong.against(weak, errors(sigma))

    def each(measure: Contraction) -> Floats:
        return errors(sigma)(measure) - errors(0)(measure)

    def added(measure: Contraction) -> float:
        return noisy(measure) - error(0)(measure)

    apart = strong.against(weak, each)
    verdict = "they are level" if apart.level else f"{(strong if apart.lower else weak).name} is the less sensitive"
    blurred = "higher all the same, for it is blurred from the start"
    higher = blurred if apart.lower else "higher"
    why = "level" if more.level else "lower" if more.lower else higher
    return (
        f"R2 found {strong.name} very sensitive to noise and {weak.label} not{'' if published else UNLIKE}. "
        f"Here noise {sigma:g} adds {strong.words(added)} to the error of {strong.name} and {weak.words(added)} "
        f"to that of {weak.label}: {verdict}. The error of {strong.name} there, {strong.words(noisy)} "
        f"against {weak.words(noisy)}, is {why}.{_beside_control(measured, strong, weak, sigma)}"
    )


def _beside_control(measured: list[Value], strong: Value, weak: Value, sigma: float) -> str:
    """Where both stand beside a network without any penalty."""
    control = control_of(measured)
    if control.weight:
        return ""
    sides = [f"{value.label} is {against(value.against(control, errors(sigma)), 'it')}" for value in (strong, weak)]
    return f" Beside {control.name}, {control.words(error(sigma))}: {', '.join(sides)}."


def _norm(measured: list[Value]) -> str:
    """What the penalty did to the Jacobian, and how much of that is the code's own scale."""
    first, last = control_of(measured), max(measured, key=lambda value: value.weight)
    norm, share = ([v.mean(figure) for v in (first, last)] for figure in (_squared, _scaled))
    shift = [value.mean(_shift) for value in (first, last)]
    dead = [v.name for v, *figures in zip((first, last), norm, share, shift, strict=True) if not _lives(*figures)]
    if dead:
        return f"At {' and '.join(dead)} the code does not vary over images: it carries nothing."
    text = (
        f"From {first.name} to {last.label} the squared norm {_fold(norm)}, divided by the code's variance it "
        f"{_fold(share)}; noise 0.3 moves the code by {percent(shift[0])} and {percent(shift[1])} of its variance."
    )
    shrunk = norm[0] > norm[1] and log(norm[0] / norm[1]) > 2 * abs(log(share[0] / share[1]))
    return text + (" Most of the fall is the code shrinking." if shrunk else "")


def _lives(norm: float, share: float, shift: float) -> bool:
    return all(map(isfinite, (norm, share, shift))) and min(norm, share) > 0


def _squared(measure: Contraction) -> float:
    return measure.sensitivity.norm


def _scaled(measure: Contraction) -> float:
    return measure.sensitivity.norm_over_variance


def _shift(measure: Contraction) -> float:
    return measure.sensitivity.relative_shift


def _fold(pair: list[float]) -> str:
    times = pair[0] / pair[1]
    big = max(times, 1 / times)
    return f"{'falls' if times > 1 else 'rises'} {count(big) if big >= 10 else f'{big:.1f}'}-fold"


def _classes(measured: list[Value]) -> str:
    """Which code two simple classifiers read best, against that of the lowest lambda."""
    linear, nearest = (_read_best(measured, wrong) for wrong in (wrong_linear, wrong_nearest))
    return f"A linear probe of the code is right {linear}; its five nearest codes are right {nearest}."


def wrong_linear(measure: Contraction) -> Floats:
    return 1.0 - measure.probe.by_linear


def wrong_nearest(measure: Contraction) -> Floats:
    return 1.0 - measure.probe.by_nearest


def right(wrong: Errors) -> Figure:
    """The share of the quoted images that is told rightly."""
    return lambda measure: 1 - float(quoted(wrong(measure)).mean())


def _read_best(measured: list[Value], wrong: Errors) -> str:
    best, control = best_of(measured, wrong), control_of(measured)
    shares = [value.mean(right(wrong)) for value in (best, control)]
    text = f"most often at {best.name}, {percent(shares[0])}"
    if best is control:
        return text
    apart, margin = best.against(control, wrong), best.against(control, wrong, least=0).margin
    points = f"{round(-100 * apart.gap, 1) + 0.0:+.1f} ± {100 * margin:.1f} points"
    return f"{text}, against {percent(shares[1])} at {control.name}: {points}{', level' if apart.level else ''}"
