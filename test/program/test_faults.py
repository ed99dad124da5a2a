"""What `make faults` does, kept short: whatever goes wrong around Muster, nothing is lost, nobody
gets what is another's, and a copy comes twice only if the store says that it may have."""

import os
import random
import sys

import pytest

from harness import TOP, mail
from posts import AUTHOR, address

sys.path.append(str(TOP / "test" / "faults"))

from ledger import Ledger
from scenarios import SCENARIOS
from table import describe
from trial import run_scenario

STORE = "postgresql" if "MUSTER_TEST_STORE" in os.environ else "sqlite"


@pytest.mark.community
@pytest.mark.parametrize("scenario", [one for one in SCENARIOS if STORE in one.stores],
                         ids=lambda scenario: scenario.name)
def test_nothing_is_lost(scenario, capsys):
    result = run_scenario(scenario, STORE, random.randrange(1 << 32), full=False)
    if result.skipped:
        pytest.skip(result.skipped)
    with capsys.disabled():
        print(f"\n{describe(result)}")
    assert result.is_good(), "\n".join([f"seed {result.seed}", *result.problems])


def book():
    """Ten members, a post that all of them are to get and one for one TLD."""
    ledger = Ledger(10)
    for to_tld in (None, "de"):
        ledger.new_post(to_tld).accepted = 1
    return ledger, *ledger.posts.values()


def enter(ledger, post, member, sender=None, size=100, recipient=None):
    return ledger.enter(sender or f"bounces+{post.number}-{member}", recipient or address(member),
                        size, post.message_id)


def test_the_books_are_closed():
    ledger, everyone, one_tld = book()
    for member in range(9):
        assert enter(ledger, everyone, member) is None
    assert not ledger.is_settled()
    assert enter(ledger, everyone, 9) is None
    assert enter(ledger, one_tld, 1) is None
    assert ledger.is_settled()
    account = ledger.close({})
    assert (account.posts, account.due, account.lost, account.duplicated) == (2, 11, 0, 0)
    assert account.is_good()


def test_a_copy_that_did_not_come_is_lost():
    ledger, everyone, one_tld = book()
    enter(ledger, one_tld, 1)
    account = ledger.close({})
    assert account.lost == 10 and not account.is_good()


def test_a_copy_twice_must_be_uncertain():
    ledger, everyone, _ = book()
    for member in (3, 3, 3, 4, 4):
        assert enter(ledger, everyone, member) is None
    account = ledger.close({(everyone.message_id, address(3)): 2})
    assert (account.duplicated, account.unexplained) == (3, 1)


def test_a_copy_for_somebody_else_is_wrong():
    ledger, everyone, one_tld = book()
    assert enter(ledger, one_tld, 2) == "not due"
    assert enter(ledger, one_tld, 1, recipient="eve@members.example") == "not due"
    assert enter(ledger, everyone, 1) is None
    assert enter(ledger, everyone, 2, sender="bounces+0-1") == "the envelope sender of another copy"
    assert enter(ledger, everyone, 1, sender="bounces+x") == "the envelope sender of another copy"
    assert enter(ledger, everyone, 3, size=101) == "another content"
    other = Ledger(1).new_post()
    other.message_id = "<x@example.org>"
    assert enter(ledger, other, 1) == "no post of ours"


def test_the_text_of_another_post_is_wrong():
    ledger, everyone, one_tld = book()
    ledger.check_content([everyone.bytes, one_tld.bytes])
    assert not ledger.wrong
    ledger.check_content([mail(AUTHOR, everyone.recipient, Message_ID=everyone.message_id)])
    assert len(ledger.wrong) == 1
