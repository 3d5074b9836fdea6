"""The key under which a browser keeps what somebody typed and did not send.

A ward's computer is shared. What `static/unsent.js` keeps there is sealed with a key that only the pages of the person who
typed it carry, so that the next person neither sees it nor finds it on the disk. The key outlives the session, since it is
after one that ended that the words are wanted.
"""

import base64

from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from kyphotrack.staff.models import User

_SALT = "kyphotrack.unsent"


def key_of(user: User) -> str:
    """256 bits, always the same for one person; it says nothing about SECRET_KEY."""
    return base64.b64encode(salted_hmac(_SALT, str(user.pk), algorithm="sha256").digest()).decode()


def unsent_forms(request: HttpRequest) -> dict[str, str]:
    """For every page of somebody who is signed in."""
    user = getattr(request, "user", None)
    return {"unsent_key": key_of(user)} if user is not None and user.is_authenticated else {}
