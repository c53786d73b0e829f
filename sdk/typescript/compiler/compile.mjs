// From a project folder to a module, by asc and TypeScript of the project's own node_modules.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import { manifestOf } from "./manifest.mjs";
import { Problem } from "./problem.mjs";
import { withSection } from "./section.mjs";
import { readSources } from "./sources.mjs";

const ENTRY = "src/index.ts";
const SDK_FOLDER = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const SDK_PATH = /^(?:.*\/)?node_modules\/@ferrite\/plugin-sdk\//;
const OPTIONS = [
  ...["--runtime", "incremental", "--optimizeLevel", "3", "--shrinkLevel", "1"],
  ...["--exportStart", "_initialize", "--enable", "simd"],
];

/** The module, manifest included; asc's messages go to `output`. Throws a Problem. */
export async function compile(folder, { options = [], output = process.stderr } = {}) {
  const ts = await library(folder, "typescript");
  const asc = await library(folder, "assemblyscript/asc");
  const { texts, entries } = readSources(ts, folder, ENTRY);
  let binary = null;
  const { error } = await asc.main(
    [ENTRY, "--outFile", "plugin.wasm", ...OPTIONS, ...options],
    {
      stdout: output,
      stderr: output,
      readFile: (name, base) => texts.get(name) ?? read(name, base),
      writeFile: (name, contents) => {
        if (name === "plugin.wasm") binary = Buffer.from(contents);
      },
      listFiles: (name, base) => listed(path.resolve(base, name)),
    },
  );
  if (error || !binary) throw new Problem("asc has found errors");
  return withSection(binary, "ferrite-manifest", manifestText(folder, entries));
}

function manifestText(folder, entries) {
  const own = path.join(folder, "plugin.toml");
  if (existsSync(own)) return readFileSync(own, "utf8");
  const project = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
  const name = (project.name ?? "plugin").replace(/^@.*\//, "");
  return manifestOf(entries, { ...project, name, version: project.version ?? "0.0.0" });
}

/** A library of the project, else of the SDK's own folder. */
async function library(folder, name) {
  for (const place of [folder, SDK_FOLDER]) {
    const [owner, ...rest] = name.split("/");
    const found = createRequire(path.join(place, "package.json")).resolve.paths(name)
      .map((modules) => path.join(modules, owner))
      .find((candidate) => existsSync(path.join(candidate, "package.json")));
    if (!found) continue;
    const target = rest.length > 0
      ? path.join(found, "dist", `${rest.join("/")}.js`)
      : createRequire(path.join(found, "package.json")).resolve(found);
    const module = await import(pathToFileURL(target).href);
    return module.default ?? module;
  }
  throw new Problem(`${name.split("/")[0]} is not installed: run npm install`);
}

/** asc asks for the SDK in the project's node_modules; it is this folder, wherever that is. */
function read(name, base) {
  const inside = name.match(SDK_PATH);
  const target = inside
    ? path.join(SDK_FOLDER, name.slice(inside[0].length))
    : path.resolve(base, name);
  try {
    return readFileSync(target, "utf8");
  } catch {
    return null;
  }
}

function listed(folder) {
  try {
    return readdirSync(folder).filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"));
  } catch {
    return null;
  }
}
