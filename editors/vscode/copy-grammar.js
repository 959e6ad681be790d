// An extension holds only what is below its folder; the grammar has its home beside it. `npm install` runs this.
"use strict";

const fs = require("node:fs");
const path = require("node:path");

const home = path.join(__dirname, "..", "textmate", "room.tmLanguage.json");
fs.copyFileSync(home, path.join(__dirname, "room.tmLanguage.json"));
