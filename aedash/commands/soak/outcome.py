"""What a case of the soak found."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Outcome:
    """found: {what was counted or measured: how much}, in the order in which it is told; faults: a sentence for each
    thing that went wrong.
    """

    found: dict[str, float] = field(default_factory=dict)
    faults: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether nothing went wrong.

        >>> Outcome({"kills": 30}).passed, Outcome(faults=("A run is not listed.",)).passed
        (True, False)
        """
        return not self.faults
