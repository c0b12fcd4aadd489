"""Secrets at rest: they open for their owner with their key, and for nobody else."""

import pytest

from mutua_kernel.vault import Vault, VaultError, seal, unseal

KEY = bytes(range(32))


def test_what_was_sealed_opens_for_its_owner_only() -> None:
    key = Vault(KEY, "one").new_data_key(owner="row-1")
    sealed = seal(key.plain, b"a file", owner="row-1")
    assert b"a file" not in sealed
    assert unseal(key.plain, sealed, owner="row-1") == b"a file"
    for broken, owner in ((sealed, "row-2"), (sealed[:-1] + b"?", "row-1"), (b"", "row-1")):
        with pytest.raises(VaultError):
            unseal(key.plain, broken, owner=owner)


def test_a_wrapped_key_needs_the_vault_that_wrapped_it() -> None:
    vault = Vault(KEY, "one")
    key = vault.new_data_key(owner="row-1")
    assert vault.unwrap(key.wrapped, owner="row-1") == key.plain
    assert key.plain not in key.wrapped
    for other, owner in ((vault, "row-2"), (Vault(KEY, "two"), "row-1"), (Vault(KEY[::-1], "one"), "row-1")):
        with pytest.raises(VaultError):
            other.unwrap(key.wrapped, owner=owner)


def test_a_key_that_is_none_is_refused_and_secrets_are_not_shown() -> None:
    with pytest.raises(ValueError, match="found a vault key of 5 bytes, expected 32"):
        Vault(b"short", "one")
    vault = Vault(KEY, "one")
    assert repr(vault) == "Vault(...)"
    assert repr(vault.new_data_key(owner="x")) == "DataKey(...)"
