// Starts `windlass lsp`, and leaves the rest to it.
"use strict";

const vscode = require("vscode");
const { LanguageClient, TransportKind } = require("vscode-languageclient/node");

/** @type {LanguageClient | undefined} */
let client;

async function start() {
  const command = vscode.workspace.getConfiguration("windlass").get("path", "windlass");
  const server = { command, args: ["lsp"], transport: TransportKind.stdio };
  client = new LanguageClient("windlass", "Windlass", server, { documentSelector: [{ language: "room" }] });
  try {
    await client.start();
  } catch (error) {
    client = undefined;
    const how = "set `windlass.path` to where it is";
    vscode.window.showErrorMessage(`windlass: \`${command} lsp\` cannot be started: ${how} (${error})`);
  }
}

async function stop() {
  const running = client;
  client = undefined;
  await running?.stop();
}

exports.activate = async (context) => {
  context.subscriptions.push(
    vscode.commands.registerCommand("windlass.restart", async () => {
      await stop();
      await start();
    }),
    vscode.workspace.onDidChangeConfiguration(async (change) => {
      if (change.affectsConfiguration("windlass.path")) {
        await stop();
        await start();
      }
    }),
  );
  await start();
};

exports.deactivate = stop;
