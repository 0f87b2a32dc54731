"""View: one run, or the recipe of the next, at one moment."""

from dataclasses import dataclass

from aedash.changes import Schedule
from aedash.config import RunConfig
from aedash.events import EpochEnd, Figures, Snapshot
from aedash.figures import board
from aedash.history import History, Run


@dataclass(frozen=True)
class View:
    """One run (or the recipe of the next) at one moment. live: not travelling in time."""

    config: RunConfig
    history: History
    run: Run | None = None
    snapshot: Snapshot | None = None
    live: bool = True

    @property
    def over(self) -> bool:
        return self.run is not None and not self.history.state.state.alive

    @property
    def epoch(self) -> float:
        """Epochs done at that moment, with a fraction."""
        if self.live or self.snapshot is None or self.history.started is None:
            return self.history.epoch
        return self.snapshot.step / self.history.started.steps_per_epoch

    @property
    def in_force(self) -> RunConfig:
        """The config with what was changed in it up to that moment."""
        step = self.history.step if self.live or self.snapshot is None else self.snapshot.step
        return Schedule(self.config, self.history.changes).at(step)

    @property
    def figures(self) -> tuple[Figures | None, str]:
        """What is measured at that moment, and the split: of a run that is over, its best weights on test images."""
        if self.over and self.live and self.run and "test" in self.run.figures:
            return self.run.figures["test"], "test"
        end = self.end
        return (end.figures, end.split) if end else (None, "validation" if self.config.data.validation else "test")

    @property
    def end(self) -> EpochEnd | None:
        return board.at_moment(self.history, None if self.live else self.snapshot)
