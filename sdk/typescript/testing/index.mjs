// Unit tests of plugins, in node: a module runs over a server that is a few maps.

import { readFileSync } from "node:fs";

import { compile } from "../compiler/compile.mjs";
import { MockServer } from "./server.mjs";

export { MockServer };

/** The plugin of the project in a folder, compiled, or the one in a .wasm file. */
export async function loadPlugin(place = process.cwd()) {
  const binary = place.endsWith(".wasm") ? readFileSync(place) : await compile(place);
  return new MockServer(binary);
}
