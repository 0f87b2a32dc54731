"""What the Noise page says in words, made from the measured numbers alone."""

from html import escape

from aedash.figures.noise import FILTERS
from aedash.ui import frame
from aedash.ui.answers import answered, expected, progress, remarks
from aedash.ui.noise_measures import Measures, Network, mse, psnr

LOOK_FOR = "A plain network and some that train on noise are tested at each noise, beside filters and the mean picture."
WAITING = "At some noise each network does worse than the mean picture. Where, is measured after training."


def headline(found: Measures, at: float) -> str:
    """HTML, one line: who wins at the slider's noise, by how much, and the price on clean images."""
    if found.trouble:
        return frame.problem(found.trouble)
    known, cells = found.measured, [network.cell for network in found.networks]
    aside = remarks(cells, "Training noise")
    if aside and not expected(cells):
        return frame.caution(f"Nothing could be measured.{aside}")
    if not known or at not in found.none:
        return frame.note(LOOK_FOR)
    if so_far := progress(sum(len(network.found) for network in known), cells):
        best = max(known, key=lambda network: network.mean(at, psnr))
        highest = f"Best at noise {at:g} so far: trained at {best.label}, PSNR {best.mean(at, psnr):.1f} dB."
        return frame.note(f"{so_far} {highest}{aside}")
    wins, first, rest = (True, *_clean(known)) if at == 0 else _noisy(found, known, at)
    return answered("good" if wins else "warn", first, rest + aside)


def _noisy(found: Measures, known: list[Network], at: float) -> tuple[bool, str, str]:
    """(whether a network wins, bold clause, what follows)."""
    best = max(known, key=lambda network: network.mean(at, psnr))
    ours, theirs = best.mean(at, psnr), {name: psnr(made) for name, made in found.none[at].items()}
    rival, fine = (max(names, key=lambda name: theirs[name]) for names in (theirs, FILTERS))
    plain = next((network for network in known if network.level == 0), None)
    wins = ours > theirs[rival]
    others = [f"{plain.mean(at, psnr):.1f} of the plain one"] if plain and plain is not best else []
    others += [f"{theirs[fine]:.1f} of the best filter ({fine})"] if rival != fine or wins else []
    rest = f" against {' and '.join(others)}." if others else "."
    if wins:
        first = f"At noise {at:g} the network trained at {best.label} wins: PSNR {ours:.1f} dB"
        return wins, first, rest + (_price(best, plain) if plain and plain is not best else "")
    first = f"At noise {at:g} no network beats the {rival}, {theirs[rival]:.1f} dB"
    return wins, first, f": the best, trained at {best.label}, has {ours:.1f}{rest}"


def _price(best: Network, plain: Network) -> str:
    """What training with noise costs where there is none."""
    ours, theirs = best.mean(0, mse), plain.mean(0, mse)
    more = f"{ours / theirs:.1f} times that" if ours > 2 * theirs else f"{ours / theirs - 1:+.0%}".replace("%", " %")
    return f" On clean images its MSE is {ours:.4f} instead of {theirs:.4f} ({more})."


def _clean(known: list[Network]) -> tuple[str, str]:
    best, worst = (choose(known, key=lambda network: network.mean(0, mse)) for choose in (min, max))
    first = f"On clean images the network trained at {best.label} is nearest: MSE {best.mean(0, mse):.4f}."
    if best is worst:
        return first, ""
    times = worst.mean(0, mse) / best.mean(0, mse)
    return first, f" The one trained at {worst.label} is farthest: {worst.mean(0, mse):.4f}, {times:.1f} times that."


def breaking(found: Measures, at: float) -> str:
    """HTML: how many networks the slider's noise has broken, then where each of them breaks."""
    known, mean = found.measured, found.mean_picture
    if not known or mean is None:
        return f'<p class="breaks">{WAITING}</p>'
    lost = [network for network in known if network.mean(at, mse) > mean]
    many = f"{len(lost)} of {len(known)} networks {'does' if len(lost) == 1 else 'do'} worse than the mean picture"
    text = f"<b>{many if lost else 'Every network still beats the mean picture'} at noise {at:g}</b>, MSE {mean:.4f}."
    chips = "".join(_chip(found, network, network in lost) for network in known)
    return f'<p class="breaks">{text} They lose to it from: {chips}</p>'


def _chip(found: Measures, network: Network, lost: bool) -> str:
    swatch = f'<i class="swatch" style="background:{network.cell.group.color}"></i>'
    state = ' class="lost"' if lost else ""
    return f"<span{state}>{swatch}{escape(network.label)}: <b>{breaks_at(found, network)}</b></span> "


def breaks_at(found: Measures, network: Network) -> str:
    """The breaking point in few letters."""
    if not network.found or found.mean_picture is None:
        return "–"
    point = found.broken(network)
    return f"not up to {found.levels[-1]:g}" if point is None else f"{point:.2f}"
