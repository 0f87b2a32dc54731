"""Bench: the model that lies on the page of Explore, what is known of it, and how it is asked."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cached_property, partial
from typing import Any, TypeVar

from aedash import registry
from aedash.analysis.survey import Survey, packed
from aedash.analysis.trained import Trained, written
from aedash.analysis.traversal import shown
from aedash.events import Snapshot
from aedash.figures.atlas import grid, webp
from aedash.history import History, Run
from aedash.ui.desk.desk import Desk

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Bench:
    """One model on the page.

    survey: test images as it sees them; None until it is there. snapshot: the recorded moment that the survey is of;
    None: the best weights. What needs weights is always by the best ones. place: the chosen test image; points: how
    many images were asked for. of: the version that the survey is of, where newer weights have none yet.
    """

    run: Run
    history: History
    desk: Desk
    survey: Survey | None
    snapshot: Snapshot | None
    place: int
    points: int
    of: tuple[str, int] | None = None

    @cached_property
    def version(self) -> tuple[str, int]:
        """Which run, and which of its best weights: whatever is remembered of them is remembered under this.

        The same in all of a pass, though a run may write better ones meanwhile: what is made of one result is
        remembered beside it.
        """
        return self.run.id, written(self.run)

    @property
    def classes(self) -> tuple[str, ...]:
        """Names, by label."""
        return registry.datasets.get(self.run.config.data.name).info.classes

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of an image."""
        height, width = registry.datasets.get(self.run.config.data.name).info.shape[1:]
        return height, width

    def ask(self, what: str, work: Callable[[Trained], T], *more: Any, long: bool = False) -> T | None:
        """The result of `work` on the best weights, computed once beside the pages; None until it is there, or where it
        is refused, which the desk tells.

        what, more: name the result, with whatever else it depends on. long: it takes a second or more, for which the
        cards shall not wait.
        """
        return self.desk.ask(self.run, what, work, *self.version, *more, long=long)

    def parcel(self, what: str, work: Callable[[Trained], bytes], kind: str, *more: Any) -> str | None:
        """The name of bytes that `work` makes of the best weights, for the browser to fetch; None until it is there.

        kind: their media type.
        """
        return self.desk.parcel(self.run, what, work, kind, *self.version, *more)

    @property
    def surveyed(self) -> tuple[Any, ...]:
        """Names the survey."""
        return (*(self.of or self.version), self.points, None if self.snapshot is None else self.snapshot.step)

    def pack(self) -> str | None:
        """The parcel of the survey, see `analysis.survey.packed`."""
        survey = self.survey
        if survey is None:
            return None
        return self.desk.post(("pack", *self.surveyed), lambda: packed(survey), "application/octet-stream")

    def atlas(self) -> dict[str, Any] | None:
        """The original images in the order of the survey's rows: {name, columns, width, height, count}, the name of a
        parcel.
        """
        survey, probes = self.survey, self.history.probes
        if survey is None:
            return None
        count = len(survey.places)
        if self.snapshot is not None and probes is not None:
            images = probes.images
            name = self.desk.post(("atlas", self.run.id), lambda: webp(images), "image/webp")
        else:
            key = (self.run.config.data.name, count)
            name = self.desk.parcel(self.run, "atlas", partial(_atlas, survey=survey), "image/webp", *key)
        return None if name is None else asdict(grid(count, *self.shape)) | {"name": name}


def _atlas(trained: Trained, survey: Survey) -> bytes:
    return webp(shown(trained, survey.places))
