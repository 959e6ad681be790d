#!/usr/bin/env python3
"""Walks from the lobby of rooms/front-of-house into the hall, then says and hears what is said there.

    pip install websockets
    python3 examples/clients/walk.py NAME PRIVATE_KEY [TEXT]

The server asks for a name, then for a signature of a fresh challenge; `ssh-keygen` signs it. Without TEXT the
client only listens. It ends after the first message that it hears, or with its input.
"""

import asyncio
import json
import subprocess
import sys

from websockets.asyncio.client import connect

URL = "ws://127.0.0.1:7070/ws"


def sign(key: str, challenge: str) -> str:
    command = ["ssh-keygen", "-q", "-Y", "sign", "-n", "windlass", "-f", key]
    return subprocess.run(command, input=challenge, capture_output=True, text=True, check=True).stdout


def answer(ask: dict, name: str, key: str) -> dict:
    if "name" in ask:
        return {"name": name}
    if "sign" in ask:
        return {"signature": sign(key, ask["sign"])}
    raise SystemExit(f"the server asks for something that this client does not know: {ask}")


async def main(name: str, key: str, text: str | None) -> None:
    async with connect(URL, subprotocols=["windlass.v1.json"]) as socket:
        wish = {"to": "room:12"}
        if text is not None:
            wish["text"] = text
        await socket.send(json.dumps(wish))
        async for frame in socket:
            frame = json.loads(frame)
            print(json.dumps(frame), flush=True)
            if "ask" in frame:
                await socket.send(json.dumps(answer(frame["ask"], name, key)))
            elif "error" in frame or "text" in frame.get("message", {}):
                return
            elif text is not None and frame.get("moved", {}).get("room") == "room:hall":
                return  # what was said at the door has been said inside by now


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        raise SystemExit(__doc__)
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3] if len(sys.argv) == 4 else None))
