// The machine of `benches/count/house.room` in XState 5: a hall that posts what is said there, after a pattern and a guard.
// Nanoseconds a message, the quickest of some rounds. Run it from a folder with `node_modules`.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(pathToFileURL(`${process.cwd()}/`));
const { initialTransition, setup, transition } = require("xstate");

const isSaid = ({ context, event }) =>
    context.name !== undefined && typeof event.text === "string" && event.text.length >= 1 && event.text.length <= 1000 &&
    event.text !== "hush";

const machine = setup({ actions: { post: () => {} } }).createMachine({
    context: { name: "ada" },
    initial: "lobby",
    states: {
        lobby: { on: { walk: "hall" } },
        hall: { on: { message: { guard: isSaid, actions: [{ type: "post", params: ({ event }) => ({ text: event.text }) }] } } },
    },
});

const FRAME = '{"text":"hello, is there anybody?"}';
const ROUNDS = 7;
const TIMES = 100_000;

function nanoseconds(step) {
    for (let at = 0; at < TIMES; at += 1) step();
    let quickest = Infinity;
    for (let round = 0; round < ROUNDS; round += 1) {
        const began = process.hrtime.bigint();
        for (let at = 0; at < TIMES; at += 1) step();
        quickest = Math.min(quickest, Number(process.hrtime.bigint() - began) / TIMES);
    }
    return quickest.toFixed(0);
}

const [lobby] = initialTransition(machine);
let [hall] = transition(machine, lobby, { type: "walk" });
const event = { type: "message", text: JSON.parse(FRAME).text };

const alone = nanoseconds(() => {
    const [next, actions] = transition(machine, hall, event);
    if (actions.length !== 1) throw new Error("nothing was posted");
    hall = next;
});
const withJson = nanoseconds(() => {
    const [next, actions] = transition(machine, hall, { type: "message", ...JSON.parse(FRAME) });
    hall = next;
    return JSON.stringify({ message: actions[0].params });
});
console.log(`the step alone, an object in and the next state out: ${alone} ns`);
console.log(`from the frame's text to the text of the post: ${withJson} ns`);
