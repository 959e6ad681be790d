#!/usr/bin/env node
// Walks from the lobby of rooms/front-of-house into the hall, then says and hears what is said there.
//
//     npm install --no-save ws
//     node examples/clients/walk.mjs NAME PRIVATE_KEY [TEXT]
//
// The server asks for a name, then for a signature of a fresh challenge; `ssh-keygen` signs it. Without TEXT the
// client only listens. It ends after the first message that it hears, or once it has said what it had to say.

import { execFileSync } from "node:child_process";
import WebSocket from "ws";

const [name, key, text] = process.argv.slice(2);
if (!key) {
  console.error("node examples/clients/walk.mjs NAME PRIVATE_KEY [TEXT]");
  process.exit(2);
}

const sign = (challenge) =>
  execFileSync("ssh-keygen", ["-q", "-Y", "sign", "-n", "windlass", "-f", key], { input: challenge, encoding: "utf8" });

const answers = {
  name: () => ({ name }),
  sign: (challenge) => ({ signature: sign(challenge) }),
};

const socket = new WebSocket("ws://127.0.0.1:7070/ws", "windlass.v1.json");
const send = (frame) => socket.send(JSON.stringify(frame));

socket.on("open", () => send(text === undefined ? { to: "room:12" } : { to: "room:12", text }));

socket.on("message", (data) => {
  const frame = JSON.parse(data);
  console.log(JSON.stringify(frame));
  if (frame.ask) {
    const [what, detail] = Object.entries(frame.ask)[0];
    send(answers[what](detail));
  } else if (frame.error || frame.message?.text || (text !== undefined && frame.moved?.room === "room:hall")) {
    socket.close();
  }
});

socket.on("error", (error) => {
  console.error(error.message);
  process.exitCode = 1;
});
