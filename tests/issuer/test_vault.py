"""What the vault seals opens only with its key, in its own place."""

import pytest

from mutua_issuer.domain import vault
from mutua_issuer.domain.vault import Vault, VaultError

KEY = bytes(range(32))


def test_a_secret_opens_only_for_its_owner() -> None:
    made = Vault(KEY)
    wrapped = made.wrap(b"secret", owner="learner a")
    assert made.unwrap(wrapped, owner="learner a") == b"secret"
    with pytest.raises(VaultError):
        made.unwrap(wrapped, owner="learner b")


def test_another_vault_key_is_told_apart_from_a_changed_value() -> None:
    wrapped = Vault(KEY).wrap(b"secret", owner="o")
    with pytest.raises(VaultError, match="another vault key"):
        Vault(KEY[::-1]).unwrap(wrapped, owner="o")
    with pytest.raises(VaultError, match="does not open"):
        Vault(KEY).unwrap(wrapped[:-1] + bytes([wrapped[-1] ^ 1]), owner="o")


def test_what_a_learners_key_sealed_needs_that_key() -> None:
    made = Vault(KEY)
    first, second = made.new_data_key(owner="a"), made.new_data_key(owner="b")
    sealed = vault.seal(first.plain, b"personal", owner="urn:uuid:1")
    assert vault.unseal(made.unwrap(first.wrapped, owner="a"), sealed, owner="urn:uuid:1") == b"personal"
    with pytest.raises(VaultError):
        vault.unseal(second.plain, sealed, owner="urn:uuid:1")


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


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_a_vault_key_has_32_bytes(size: int) -> None:
    with pytest.raises(ValueError, match=f"{size} bytes, expected 32"):
        Vault(bytes(size))


def test_secrets_do_not_show_themselves() -> None:
    made = Vault(KEY)
    assert "b'" not in repr(made.new_data_key(owner="a")) + repr(made)
