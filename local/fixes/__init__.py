"""Where MiniStack differs from AWS in what this project relies on.

Each fix is one function in a module of its own. It replaces functions of MiniStack, and its docstring names the contract
of AWS that it restores. A test that passes only through a fix says nothing about AWS: say so where it stands.
"""

from fixes.bounded_workers import bound_workers
from fixes.put_events_conditions import give_put_events_its_condition_keys
from fixes.secure_transport import take_transport_for_secure

FIXES = (bound_workers, give_put_events_its_condition_keys, take_transport_for_secure)


def apply_fixes():
    for fix in FIXES:
        fix()
