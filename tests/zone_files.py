"""A zone file of one's own, as a new release of the time zone data would bring it."""

import struct
from datetime import datetime
from pathlib import Path


def write_zone(folder: Path, name: str, *, hours: int, later_hours: int, from_then: datetime) -> None:
    """`hours` east of Greenwich until a moment, and `later_hours` from then on (RFC 8536, version 2)."""
    old, new = int(hours * 3600), int(later_hours * 3600)
    words = b"OLD\0NEW\0"
    data = struct.pack(">q", int(from_then.timestamp())) + bytes([1])
    data += struct.pack(">lBB", old, 0, 0) + struct.pack(">lBB", new, 0, 4) + words
    footer = f"\n<NEW>{-later_hours}\n".encode()
    empty = struct.pack(">4sc15x6l", b"TZif", b"2", 0, 0, 0, 0, 0, 0)
    header = struct.pack(">4sc15x6l", b"TZif", b"2", 0, 0, 0, 1, 2, len(words))
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(empty + header + data + footer)
