"""All that the rules should say of an episode."""

from tests.oracle.analgesics import ladder_rules
from tests.oracle.complications import complication_rules
from tests.oracle.neurology import neurology_rules
from tests.oracle.news2 import news2_rules
from tests.oracle.pain import pain_rules
from tests.oracle.timeline import looks

# Every rule with every severity that it can have.
VARIANTS = {
    (code, severity)
    for severity, codes in {
        "EMERGENT": "N1 N1b N2 N3 N4 N5 N6 N7 N8 N9 C1 C2 C4 I2 H1 H2 PX1 AN1 V3",
        "URGENT": "LK1 C3 I2 H1 AF1 D1 V2 P1 P2 P2r P3 P4 P4b P4c P8",
        "AMBER": "N1 N1b N4a N6 N10 N11 NQ I1 I3 R1 V1 P1a P2r P3 P5 P6 P7 P8",
        "INFO": "V0 P8 M1",
    }.items()
    for code in codes.split()
}


def expected(episode: dict) -> set[tuple[str, str, str]]:
    """(id of the observation or missed check, code of the rule, severity) of everything that is raised."""
    found = {(check["id"], "N10", "AMBER") for check in episode.get("missed_checks") or ()}
    for look in looks(episode):
        raised = {**news2_rules(look), **pain_rules(look), **ladder_rules(look), **neurology_rules(look)}
        raised |= complication_rules(look, raised)
        found |= {(look.reading["id"], code, severity) for code, severity in raised.items()}
    return found
