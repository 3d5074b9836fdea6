"""The demo ward: invented people at two sites, each somewhere else on the way, with every clock dated to now."""

from followup.demo_ward.people import PASSWORD, SITES, STAFF
from followup.demo_ward.telling import load

__all__ = ["PASSWORD", "SITES", "STAFF", "load"]
