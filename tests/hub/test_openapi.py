"""The hub against its own OpenAPI document: generated calls, right and wrong, with real rows behind the ids."""

import asyncio
import sys
from pathlib import Path

import httpx
import pytest

from tests.hub.gateway import Gateway
from tests.hub.live import ADMIN_TOKEN, Live
from tests.hub.process import embedded_hub

SECONDS = 25
# Sign-out would end the run; the stream does not end; a generated reply may well be refused by a rule.
LEFT_OUT = ("--exclude-path", "/api/v1/events", "--exclude-method", "DELETE")
# Litestar reads 0 as false and as a time; 412 is no refusal in schemathesis' eyes.
CHECKS_LEFT_OUT = "positive_data_acceptance,negative_data_rejection,ignored_auth,unsupported_method"


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_generated_calls_get_the_answers_the_document_promises(tmp_path: Path, gateway: Gateway):
    async with embedded_hub(tmp_path) as hub:
        live = Live(None, hub.url, httpx.AsyncClient())  # type: ignore[arg-type]  # it runs elsewhere
        live.client = live.client_of(ADMIN_TOKEN)
        await live.connect(gateway.url)
        conversation = await live.conversation()
        (tmp_path / "schemathesis.toml").write_text(
            f'[parameters]\n"path.conversation_id" = "{conversation["id"]}"\n'
            f'"path.contact_id" = "{conversation["contact_id"]}"\n',
            "utf-8",
        )
        code, told = await _schemathesis(hub.url, tmp_path)
        alive = (await live.client.get("/readyz")).json()["ready"]
        for client in live._clients:
            await client.aclose()

    assert code == 0, told
    assert alive


async def _schemathesis(url: str, folder: Path) -> tuple[int, str]:
    command = (
        *(str(Path(sys.executable).parent / "schemathesis"), "run", f"{url}/api/openapi.json"),
        *("-H", f"Authorization: Bearer {ADMIN_TOKEN}", "--phases", "coverage,fuzzing", "--max-examples", "5"),
        *("--exclude-checks", CHECKS_LEFT_OUT, "--max-time", str(SECONDS), "--continue-on-failure", *LEFT_OUT),
    )
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    told, _ = await process.communicate()
    process._transport.close()  # type: ignore[attr-defined]  # else its pipes are closed too late for the loop
    return process.returncode or 0, told.decode("utf-8", "replace")
