"""Own data: images that a person uploads become a data set, which the registry finds by what it holds."""

from aedash import registry
from aedash.data.own import sets

registry.datasets.family(sets.PREFIX, sets.find)
