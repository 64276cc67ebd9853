import time

from ministack.services import sts


def end_sessions_safely():
    """Ends the sessions of roles while other threads start some.

    AWS: sessions of a role don't depend on each other, also if they start at the same time
    (https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html). MiniStack looks for expired sessions at each start. If
    another thread starts one at that moment, the call fails with a RuntimeError, and with it the state or the request that made it.
    """
    sts._evict_expired_sessions = _end_expired


def _end_expired():
    now = time.time()
    for key, session in list(sts._sessions.items()):
        expiration = session.get("Expiration")
        if isinstance(expiration, (int, float)) and now > expiration:
            sts._sessions.pop(key, None)
