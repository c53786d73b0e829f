#!/usr/bin/env node
// ferrite-asc [--output FILE] [options of asc]: compile the plugin in the current folder.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

import { compile } from "../compiler/compile.mjs";
import { Problem } from "../compiler/problem.mjs";

async function main(words) {
  const options = [...words];
  const at = options.findIndex((word) => word === "--output" || word === "-o");
  const given = at >= 0 ? options.splice(at, 2)[1] : undefined;
  if (at >= 0 && !given) throw new Problem("--output needs the name of a file");
  const folder = process.cwd();
  const binary = await compile(folder, { options });
  const target = given ?? path.join("build", `${projectName(folder)}.wasm`);
  mkdirSync(path.dirname(path.resolve(target)), { recursive: true });
  writeFileSync(target, binary);
  if (!given) console.log(`${target}: ${binary.length} bytes`);
}

function projectName(folder) {
  const { name } = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
  return (name ?? path.basename(folder)).replace(/^@.*\//, "");
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Problem || error instanceof SyntaxError || error.code)) throw error;
  console.error(`ferrite-asc: ${error.message}`);
  process.exitCode = 1;
}
