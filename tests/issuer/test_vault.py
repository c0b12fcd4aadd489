"""Pseudonyms and secrets of links: the same for the same, and different for anything else."""

from uuid import UUID

from mutua_issuer.vault import Vault

KEY = bytes(range(32))
WRAPPED = "50943f2f5e5098866ca9daecfabc3ab26104c5811324196c57a99fe9cfa6c9e2e42aa26171bf4264a7e2"
REFERENCE = "114475aac07127a85f5b56ffe29b3be2dc9c108ce909e04bb6763467214f9ed8"


def test_references_are_the_same_for_the_same_value_only() -> None:
    made = Vault(KEY)
    one = made.reference("learner", "DEQARINST1", "s-1")
    assert one == Vault(KEY).reference("learner", "DEQARINST1", "s-1")
    others = {
        made.reference("learner", "DEQARINST1", "s-2"),
        made.reference("learner", "DEQARINST2", "s-1"),
        made.reference("credential", "DEQARINST1", "s-1"),
        Vault(KEY[::-1]).reference("learner", "DEQARINST1", "s-1"),
    }
    assert len(others) == 4
    assert one not in others


def test_secrets_of_links_differ_by_credential_and_serial() -> None:
    made, numbers = Vault(KEY), (UUID(int=1), UUID(int=2))
    secrets = {made.link_secret("DEQARINST1", number, serial) for number in numbers for serial in (1, 2)}
    secrets |= {
        made.link_secret("DEQARINST2", numbers[0]),
        Vault(KEY[::-1]).link_secret("DEQARINST1", numbers[0]),
    }
    assert (len(secrets), {len(secret) for secret in secrets}) == (6, {32})


def test_what_an_earlier_version_wrapped_opens() -> None:
    """The keys are derived as they were when the first databases were filled."""
    wrapped = bytes.fromhex(WRAPPED)
    assert Vault(KEY).unwrap(wrapped, owner="learner a") == b"secret"
    assert Vault(KEY).reference("learner", "DEQARINST1", "s-1").hex() == REFERENCE
