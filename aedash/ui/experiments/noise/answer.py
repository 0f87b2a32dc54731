"""What the Noise page says in words, made from the measured numbers alone; `level` says what is a difference."""

from html import escape
from math import log10

from aedash.analysis.level import ONE_SEED as LEVEL
from aedash.analysis.level import Difference, compare, quoted
from aedash.figures.noise import FILTERS
from aedash.formatting import number, percent
from aedash.ui.experiments.noise.measures import Measures, Network, lost, mse, psnr
from aedash.ui.experiments.shared.remarks import ONE_SEED, answered, expected, progress, remarks, tone
from aedash.ui.shell import frame

LOOK_FOR = "A plain network and some that train on noise are tested at each noise, beside filters and the mean picture."
WAITING = "At some noise each network does worse than the mean picture. Where, is told once it is measured."
MEASURING = "The networks are trained and are being measured: every row fills as soon as it is."
LEAST = 10 * log10(1 + LEVEL)  # dB: what an error that differs as little makes


def headline(found: Measures, at: float) -> str:
    """HTML, one line: who wins at the slider's noise, by how much, and the price on clean images."""
    if found.trouble:
        return frame.problem(found.trouble)
    known, cells = found.measured, [network.cell for network in found.networks]
    aside = remarks(cells, "Training noise", found.refused)
    if aside and not expected(cells, found.refused):
        return frame.caution(f"Nothing could be measured.{aside}")
    if not known or at not in found.none:
        return frame.note(MEASURING if any(cell.finished for cell in cells) else LOOK_FOR)
    if so_far := progress(sum(len(network.seeds) for network in known), cells, found.refused):
        best = best_of(known, at)
        highest = f"Best at noise {at:g} so far: trained at {best.label}, PSNR {decibels(best.mean(at, psnr))} dB."
        return frame.note(f"{so_far} {highest}{aside}")
    kind, first, rest = _clean(known) if at == 0 else _noisy(found, known, at)
    seeds = ONE_SEED if min(len(network.seeds) for network in known) == 1 else ""
    return answered(kind, first, rest + seeds + aside)


def best_of(known: list[Network], at: float) -> Network:
    """The most decibels on the images that choose."""
    return max(known, key=lambda network: network.chosen(at))


def _noisy(found: Measures, known: list[Network], at: float) -> tuple[str, str, str]:
    """(kind of finding, bold clause, what follows)."""
    best, plain = best_of(known, at), next((network for network in known if network.level == 0), None)
    rival = max(found.none[at], key=lambda name: psnr(found.none[at][name]))
    fine = max(FILTERS, key=lambda name: psnr(found.none[at][name]))
    theirs = f"{decibels(psnr(found.none[at][rival]))} dB"
    ours, apart = decibels(best.mean(at, psnr)), _against_none(found, best, rival, at)
    others = _others(found, best, plain, fine if rival != fine or apart.lower else "", at)
    if apart.level:
        first = f"At noise {at:g} the best network is level with the {rival}, {theirs}"
        return "info", first, f": trained at {best.label} it has {ours}{others}."
    if not apart.lower:
        first = f"At noise {at:g} no network beats the {rival}, {theirs}"
        return "warn", first, f": the best, trained at {best.label}, has {ours}{others}."
    gain = _between(best, plain, at) if plain and plain is not best else None
    if plain and gain and not gain.lower:
        word = "level with" if gain.level else "worse than"
        first = f"At noise {at:g} the network trained at {best.label} is {word} the plain one: PSNR {ours} dB"
        return "info", first, f"{others}."
    first = f"At noise {at:g} the network trained at {best.label} wins: PSNR {ours} dB"
    return tone(gain or apart), first, f"{others}.{_price(best, plain) if plain and plain is not best else ''}"


def _others(found: Measures, best: Network, plain: Network | None, fine: str, at: float) -> str:
    """What the plain network and the best filter reach. fine: the filter's name; empty where it is told already."""
    others = [f"{decibels(plain.mean(at, psnr))} of the plain one"] if plain and plain is not best else []
    if fine:
        others.append(f"{decibels(psnr(found.none[at][fine]))} of the best filter ({fine})")
    return f" against {' and '.join(others)}" if others else ""


def _between(one: Network, other: Network, at: float) -> Difference:
    """In decibels that are lost, on the quoted images."""
    return compare(one.loses(at), other.loses(at), LEAST)


def _against_none(found: Measures, network: Network, name: str, at: float) -> Difference:
    """A filter is the same for each seed of a network."""
    return compare(network.loses(at), [quoted(lost(found.none[at][name]))] * len(network.seeds), LEAST)


def _price(best: Network, plain: Network) -> str:
    """What training with noise costs where there is none."""
    ours, theirs = number(best.mean(0, mse)), number(plain.mean(0, mse))
    apart = compare(best.errors(0), plain.errors(0))
    if apart.level:
        return f" On clean images it is level with the plain one: MSE {ours} against {theirs}."
    return f" On clean images its MSE is {ours} instead of {theirs} ({_more(apart)})."


def _more(apart: Difference) -> str:
    if apart.share >= 1:
        return f"{apart.share + 1:.1f} times that"
    return f"{'+' if apart.share > 0 else ''}{percent(apart.share, 0)}"


def _clean(known: list[Network]) -> tuple[str, str, str]:
    best, worst = best_of(known, 0), max(known, key=lambda network: network.mean(0, mse))
    ours, theirs = number(best.mean(0, mse)), number(worst.mean(0, mse))
    apart = compare(worst.errors(0), best.errors(0))
    if best is not worst and apart.level:
        return "info", "On clean images all networks are level", f": MSE {ours} to {theirs}."
    first = f"On clean images the network trained at {best.label} is nearest: MSE {ours}."
    if best is worst:
        return "info", first, ""
    kind = tone(compare(best.errors(0), worst.errors(0)))
    return kind, first, f" The one trained at {worst.label} is farthest: {theirs} ({_more(apart)})."


def breaking(found: Measures, at: float) -> str:
    """HTML: how many networks the slider's noise has broken, then where each of them breaks."""
    known, mean = found.measured, found.mean_picture
    if not known or mean is None:
        return f'<p class="breaks">{WAITING}</p>'
    broken = [network for network in known if network.mean(at, mse) > mean]
    many = f"{len(broken)} of {len(known)} networks {'does' if len(broken) == 1 else 'do'} worse than the mean picture"
    start = many if broken else "Every network still beats the mean picture"
    chips = "".join(_chip(found, network, network in broken) for network in known)
    text = f"<b>{start} at noise {at:g}</b>, MSE {number(mean)}. They lose to it from about"
    return f'<p class="breaks">{text} (between tested noises by a straight line): {chips}</p>'


def _chip(found: Measures, network: Network, broken: bool) -> str:
    swatch = f'<i class="swatch" style="background:{network.cell.group.color}"></i>'
    state = ' class="lost"' if broken else ""
    return f"<span{state}>{swatch}{escape(network.label)}: <b>{breaks_at(found, network)}</b></span> "


def breaks_at(found: Measures, network: Network) -> str:
    """The breaking point in few letters."""
    if not network.seeds or found.mean_picture is None:
        return "–"
    point = found.broken(network)
    return f"not up to {found.levels[-1]:g}" if point is None else f"{point:.2f}"


def decibels(value: float) -> str:
    """To a tenth, which is more than chance leaves sure."""
    return f"{value:.1f}"
