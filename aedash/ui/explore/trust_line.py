"""Trust line: what stands under a map, how far it is to be believed, beside raw pixels and PCA of equal size."""

from dataclasses import dataclass
from html import escape

from aedash.analysis.level import Difference, compare
from aedash.analysis.trust import Trust, alike, judged, trust
from aedash.events import Floats
from aedash.formatting import count, number, percent
from aedash.ui.explore.bench import Bench
from aedash.ui.explore.projections import Projected, View, projected, space, spaces, spread

HIDDEN = 0.005  # of the variance: less is not worth a word
COUNTING = "How far this map is to be trusted is being counted."
GIST = (
    "Trustworthiness: few who are near on the map are strangers in truth. Continuity: few who are near in truth are "
    "torn apart on the map. 1 is perfect, about 0.5 is chance (Venna and Kaski 2001)."
)


@dataclass(frozen=True, eq=False)
class Judgement:
    """trust: of a map. alike: {"map" or a space: (M,) of each judged image the share of its nearest of its class}."""

    trust: Trust
    alike: dict[str, Floats]


def line(bench: Bench, view: View) -> str:
    """HTML under the main map, of the same height whether it is there yet or not."""
    return f'<div class="trust">{_line(bench, view)}</div>'


def short(bench: Bench, view: View) -> str:
    """HTML under a map that stands beside others."""
    return f'<div class="trust short">{_short(bench, view)}</div>'


def judgement(bench: Bench, view: View, *others: str) -> Judgement | None:
    """What is known of a map, of its own space and of the others; None until all is, and where nothing can be."""
    seen, truth = projected(bench, view), space(bench, view.space)
    if seen is None or truth is None or seen.done < 1 or not spreads(bench, view.space):
        return None
    told = bench.desk.look(("trust", *bench.surveyed, view), lambda: _of_map(bench, seen, view.space))
    beside = {name: shares(bench, name) for name in dict.fromkeys((view.space, *others))}
    if told is None or any(each is None for each in beside.values()):
        return None
    return Judgement(told[0], {"map": told[1]} | {name: each for name, each in beside.items() if each is not None})


def shares(bench: Bench, name: str) -> Floats | None:
    """(M,) of each judged image the share of its nearest in a space that are of its class; None until it is there."""
    x, survey = space(bench, name), bench.survey
    if x is None or survey is None:
        return None

    def work() -> Floats:
        rows = judged(survey.codes)
        return alike(x[rows], survey.labels[rows])

    return bench.desk.look(("alike", *bench.surveyed, name), work)


def spreads(bench: Bench, name: str) -> bool:
    """Whether its images lie on more than one place there; False while nobody knows."""
    found = spread(bench, name)
    return bool(found and found.total)


def against(ours: Floats, theirs: Floats) -> Difference:
    """How often neighbours are of another class, ours against theirs, the same images of one model in both."""
    return compare([1 - ours], [1 - theirs], least=0.0)


def verdict(found: Judgement, others: dict[str, str]) -> str:
    """A sentence: the code against others, {space: what it is called}; none where none of them is known.

    "level" by the rule of `analysis.level`, on the same images.
    """
    said = []
    for name, called in others.items():
        if name in found.alike:
            gap = against(found.alike["code"], found.alike[name])
            points = percent(abs(gap.gap)).removesuffix(" %")
            how = "level with" if gap.level else f"{points} points {'above' if gap.gap < 0 else 'below'}"
            said.append(f"{how} {called}")
    near = f"Same class among the {found.trust.neighbours} nearest"
    return f"{near}: the code is {', and '.join(said)}." if said else ""


def meaning(view: View, seen: Projected, size: int) -> str:
    """What distances on this kind of map do not mean. size: numbers of the space."""
    if view.name == "t-SNE":
        return (
            "Who is near here is mostly near in truth; the size of a group, the gap to the next and its place on the "
            "map mean nothing."
        )
    turned = "Counted along all three axes: turn the map to see them. " * (seen.points.shape[1] == 3)
    if seen.drawn > 1 - HIDDEN:
        whole = "All of the code's spread is drawn, yet an equal step may change images much here and little there."
        return turned + whole
    if view.name == "Units":
        return (
            f"Only {len(set(seen.axes))} of {count(size)} numbers are drawn, {percent(seen.drawn, 0)} of the variance: "
            "dots that touch may differ in all others."
        )
    return (
        f"{turned}Dots that are apart are apart in truth; dots that touch may differ in the "
        f"{percent(1 - seen.drawn, 0)} of the variance that is not drawn."
    )


def named(bench: Bench) -> dict[str, str]:
    """{space: what it is called here}."""
    size = 0 if bench.survey is None else bench.survey.codes.shape[1]
    return {"code": "code", "pixels": "raw pixels", "PCA": f"PCA, {count(size)} number{'s' * (size != 1)}"}


def _of_map(bench: Bench, seen: Projected, name: str) -> tuple[Trust, Floats]:
    survey, truth = bench.survey, space(bench, name)
    assert survey is not None
    assert truth is not None
    rows = judged(survey.codes)
    points = seen.points[rows]
    return trust(points, truth[rows]), alike(points, survey.labels[rows])


def _line(bench: Bench, view: View) -> str:
    seen, survey = projected(bench, view), bench.survey
    if seen is None or survey is None:
        return ""
    if seen.done < 1:
        return _said(f"t-SNE is arranging {count(len(survey.places))} images, {percent(seen.done, 0)} done.")
    if not spreads(bench, view.space):
        return _said(seen.note)
    others = [name for name in spaces(bench) if name != view.space]
    found = judgement(bench, view, *others)
    sentence = " ".join(filter(None, (meaning(view, seen, survey.codes.shape[1]), seen.note)))
    if found is None:
        return _said(COUNTING) + _said(sentence)
    return f"{_table(bench, found)}{_figures(found.trust)}{_said(f'{gathered(view, found)}{sentence}')}"


def _short(bench: Bench, view: View) -> str:
    seen = projected(bench, view)
    if seen is None:
        return ""
    if seen.done < 1:
        return _said(f"t-SNE is arranging, {percent(seen.done, 0)} done.")
    if not spreads(bench, view.space):
        return _said(seen.note)
    found = judgement(bench, view)
    if found is None:
        return _said(COUNTING)
    there, truth = _share(found.alike["map"]), _share(found.alike[view.space])
    same = f"Same class among {found.trust.neighbours} nearest: {there} on the map, {truth} in "
    where = "the code" if view.space == "code" else named(bench)[view.space]
    return f"{_figures(found.trust)}<p>{same}{escape(where)}.</p>"


def gathered(view: View, found: Judgement) -> str:
    """A map whose classes hang together better than those of what it shows has tidied up by itself."""
    gap = against(found.alike["map"], found.alike[view.space])
    if not gap.lower:
        return ""
    return f"That classes part more clearly here than in the {view.space} is the arranging's doing, not the model's. "


def _table(bench: Bench, found: Judgement) -> str:
    names = {"map": "map"} | named(bench)
    shown = [name for name in names if name in found.alike]
    head = "".join(f"<th>{escape(names[name])}</th>" for name in shown)
    cells = "".join(f"<td>{_share(found.alike[name])}{_level(found, name)}</td>" for name in shown)
    what = f"Same class among {found.trust.neighbours} nearest"
    over = f"of {count(found.trust.images)} test images"
    return f'<table><tr><th class="text">{what}</th>{head}</tr><tr><td class="text">{over}</td>{cells}</tr></table>'


def _level(found: Judgement, name: str) -> str:
    """Beside what is held against the code: whether chance may be all of the difference."""
    if name in ("map", "code") or "code" not in found.alike:
        return ""
    return "<small>level</small>" if against(found.alike["code"], found.alike[name]).level else ""


def _share(each: Floats) -> str:
    error = float(each.std(ddof=1)) / len(each) ** 0.5
    told = f"standard error {percent(error)}, {count(len(each))} test images"
    return f'<span title="{told}">{percent(float(each.mean()))}</span>'


def _figures(found: Trust) -> str:
    return (
        f'<p title="{GIST}">Trustworthiness <b>{number(found.trustworthiness)}</b>, continuity '
        f"<b>{number(found.continuity)}</b>: 1 is perfect, 0.5 chance.</p>"
    )


def _said(sentence: str) -> str:
    return f"<p>{escape(sentence)}</p>"
