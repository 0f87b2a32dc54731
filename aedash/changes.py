"""Changes: the numbers of a run's config that a person may move while it is under way, and what is in force when."""

from bisect import bisect_right
from collections.abc import Iterable

from pydantic.fields import FieldInfo

from aedash.config import OptimizerConfig, RunConfig, parse
from aedash.events import Changed
from aedash.registry import Refused


def changeable(config: RunConfig) -> dict[str, FieldInfo]:
    """{path: field} of these numbers: the learning rate, the weight of each term, the strength of the corruption.

    The field has bounds and description, for a slider.

    >>> list(changeable(parse({"corruption": "gaussian"})))
    ['optimizer.learning_rate', 'objective.reconstruction.weight', 'corruption.sigma']
    """
    numbers = {"optimizer.learning_rate": OptimizerConfig.model_fields["learning_rate"]}
    numbers |= {f"objective.{term.name}.weight": type(term).model_fields["weight"] for term in config.objective}
    strengths = type(config.corruption).model_fields.items()
    return numbers | {f"corruption.{name}": field for name, field in strengths if field.annotation in (int, float)}


def changed(config: RunConfig, path: str, value: float) -> RunConfig:
    """The config with one of these numbers moved, validated again. Raises Refused for another path, or out of bounds.

    Unlike `vary` it keeps a term whose weight becomes 0: its curve goes on, and its weight can be raised again.
    """
    known = ", ".join(changeable(config))
    if path not in changeable(config):
        raise Refused(f"'{path[:80]}' cannot be changed while the run is under way; known: {known}.", path[:80], known)
    raw = config.model_dump(mode="json")
    part, *term, field = path.split(".")
    owner = next(t for t in raw[part] if t["name"] == term[0]) if term else raw[part]
    owner[field] = value
    return parse(raw)


def noted(changes: Iterable[Changed], new: Changed) -> tuple[Changed, ...]:
    """The record with one more change, by step: it voids what stands there of the same number from its step on.

    >>> first, again = Changed(20, "optimizer.learning_rate", 0.1), Changed(10, "optimizer.learning_rate", 0.01)
    >>> noted([first], again) == (again,)
    True
    """
    kept = [change for change in changes if change.path != new.path or change.step < new.step]
    return tuple(sorted([*kept, new], key=lambda change: change.step))


class Schedule:
    """The config in force at each step: one object for as long as nothing changes, so that a change shows by identity.

    changes: by step. A change at a step holds for every step that is taken once `step` steps are done. Raises Refused
    for a change that the config does not allow.

    >>> slower = Schedule(parse({}), [Changed(10, "optimizer.learning_rate", 1e-4)])
    >>> [slower.at(step).optimizer.learning_rate for step in (9, 10)]
    [0.001, 0.0001]
    """

    def __init__(self, config: RunConfig, changes: Iterable[Changed] = ()) -> None:
        self.changes = tuple(changes)
        self._steps = [change.step for change in self.changes]
        self._configs = [config]
        for change in self.changes:
            self._configs.append(changed(self._configs[-1], change.path, change.value))

    def at(self, step: int) -> RunConfig:
        """What holds for the step that is taken after `step` steps: the same object until a change."""
        return self._configs[bisect_right(self._steps, step)]
