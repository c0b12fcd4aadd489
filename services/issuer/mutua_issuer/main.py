"""The composition root: `python -m mutua_issuer migrate | api | worker`."""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from fastapi import FastAPI

from mutua_credentials.linked_data.pool import Canonicaliser
from mutua_issuer import api
from mutua_issuer.api.writers import Writers
from mutua_issuer.domain.europass import Seal
from mutua_issuer.seals import SealsUnusable, read_seals
from mutua_issuer.settings import ApiSettings
from mutua_issuer.upkeep import keep_lists_fresh
from mutua_issuer.vault import Vault
from mutua_kernel.http.application import run_api
from mutua_kernel.migrate import migrate
from mutua_kernel.server import run
from mutua_kernel.settings import ServiceSettings
from mutua_kernel.worker import Job, Parts, Stream, run_worker

SERVICE = "issuer"


async def _relay_only(_parts: Parts) -> tuple[Sequence[Stream], Sequence[Job]]:
    """The worker reads no topic: it publishes what the API has stated."""
    return (), ()


def read_vault_key(path: Path) -> Vault:
    """The vault of a key file. Ends the process where the file is not one."""
    try:
        return Vault(path.read_bytes())
    except (OSError, ValueError) as error:
        expected = "a readable file of 32 random bytes, named by MUTUA_VAULT_KEY_FILE"
        sys.exit(f"VAULT_KEY_UNUSABLE: {error}; expected {expected}")


def configured_seals(path: Path | None) -> Mapping[str, Seal]:
    """The seals that the configuration names. Ends the process where one cannot be used."""
    try:
        return read_seals(path)
    except SealsUnusable as error:
        sys.exit(f"SEALS_UNUSABLE: {error}")


def main() -> None:
    """Runs one process of the service."""
    match sys.argv[1:]:
        case ["migrate"]:
            url = ServiceSettings.model_validate({}).database_url.get_secret_value()
            print(migrate("mutua_issuer", url, SERVICE))  # noqa: T201
        case ["worker"]:
            run(run_worker(ServiceSettings.model_validate({}), SERVICE, _relay_only))
        case ["api"]:
            settings = ApiSettings.model_validate({})
            vault, seals = read_vault_key(settings.vault_key_file), configured_seals(settings.seals_file)

            async def extend(app: FastAPI, stack: AsyncExitStack) -> None:
                canonicaliser = stack.enter_context(Canonicaliser(workers=settings.canonicaliser_workers))
                app.state.vault = vault
                app.state.writers = Writers(vault, canonicaliser, seals)
                upkeep = asyncio.create_task(keep_lists_fresh(app.state.store, vault))
                stack.callback(upkeep.cancel)

            run(
                run_api(
                    settings,
                    SERVICE,
                    title=api.TITLE,
                    summary=api.SUMMARY,
                    routers=api.ROUTERS,
                    extend=extend,
                )
            )
        case _:
            sys.exit("found no known command, expected: python -m mutua_issuer migrate | api | worker")
