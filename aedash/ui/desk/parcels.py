"""The server's parcels: bytes that pages have made for their browsers."""

from aedash.wire.parcels import Parcels

parcels = Parcels()
