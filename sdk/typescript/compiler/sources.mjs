// The sources of a plugin, as asc is to see them: from the entry file on, by relative imports.

import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

import { findEntries } from "./decorators.mjs";
import { exportName } from "./manifest.mjs";
import { rewriteOperators } from "./operators.mjs";
import { Problem, problemAt } from "./problem.mjs";

const SDK = "@ferrite/plugin-sdk";

/** { texts, entries }: the rewritten text by path, relative to the folder, and all entry points. */
export function readSources(ts, folder, entryFile) {
  const texts = new Map();
  const entries = [];
  const waiting = [entryFile];
  while (waiting.length > 0) {
    const name = waiting.shift();
    if (texts.has(name)) continue;
    const file = parse(ts, folder, name);
    const found = findEntries(ts, file).map((entry) => ({ ...entry, file: name }));
    texts.set(name, prepared(ts, file, found, entries.length, name === entryFile));
    entries.push(...found);
    waiting.push(...importsOf(ts, file, folder, name));
  }
  requireDifferent(entries);
  texts.set(entryFile, texts.get(entryFile) + exportsOf(entries, entryFile));
  return { texts, entries };
}

function parse(ts, folder, name) {
  let text;
  try {
    text = readFileSync(path.join(folder, name), "utf8");
  } catch (error) {
    throw new Problem(`${name}: ${error.code === "ENOENT" ? "there is no such file" : error.code}`);
  }
  const file = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
  const [fault] = file.parseDiagnostics;
  if (fault) {
    const { line, character } = file.getLineAndCharacterOfPosition(fault.start);
    const message = ts.flattenDiagnosticMessageText(fault.messageText, " ");
    throw new Problem(`${name}:${line + 1}:${character + 1}: ${message}`);
  }
  return file;
}

/** A file without its decorators and operators, and with the code of its entry points. */
function prepared(ts, file, found, first, isEntry) {
  let text = file.text;
  for (const { spans } of found) {
    for (const [start, end] of isEntry ? spans : spans.slice(0, 1)) {
      text = text.slice(0, start) + text.slice(start, end).replace(/[^\n]/g, " ") + text.slice(end);
    }
  }
  const name = file.fileName;
  const plain = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
  text = rewriteOperators(ts, plain);
  const names = new Set();
  if (/\bferriteAt\(/.test(text)) names.add("ferriteAt");
  if (/\bferriteOr\(/.test(text)) names.add("ferriteOr");
  const word = isEntry ? "" : "export ";
  const calls = found.map((entry, i) => `\n${word}${entryCode(entry, first + i, names)}`).join("");
  if (names.size === 0) return text;
  return `${text}\nimport { ${[...names].join(", ")} } from "${SDK}";${calls}`;
}

function entryCode({ kind, name }, number, names) {
  const hook = kind === "hook";
  const context = hook ? "HookContext" : "PluginContext";
  const answer = hook ? "ferriteSay" : "ferriteAnswer";
  names.add(`${context} as Ferrite${context}`).add(answer);
  if (!hook) names.add("ferriteArguments");
  return `function ferriteEntry${number}(): i32 {
  const ferriteContext = new Ferrite${context}();
  return ${answer}(ferriteContext, ${name}(ferriteContext${hook ? "" : ", ferriteArguments()"}));
}`;
}

function exportsOf(entries, entryFile) {
  return entries.map((entry, number) => {
    const renamed = `ferriteEntry${number} as ${exportName(entry)}`;
    if (entry.file === entryFile) return `\nexport { ${renamed} };`;
    const folder = path.posix.dirname(entryFile);
    const from = path.posix.relative(folder, entry.file).replace(/\.ts$/, "");
    return `\nexport { ${renamed} } from "${from.startsWith(".") ? from : `./${from}`}";`;
  }).join("");
}

function importsOf(ts, file, folder, name) {
  const found = [];
  for (const statement of file.statements) {
    const imports = ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement);
    if (!imports || !statement.moduleSpecifier) continue;
    const specifier = statement.moduleSpecifier.text;
    if (!specifier.startsWith(".")) continue;
    const base = path.posix.join(path.posix.dirname(name), specifier.replace(/\.ts$/, ""));
    const places = [`${base}.ts`, `${base}/index.ts`];
    const target = places.find((place) => existsSync(path.join(folder, place)));
    if (!target) throw problemAt(file, statement, `there is no ${specifier}.ts`);
    found.push(target);
  }
  return found;
}

function requireDifferent(entries) {
  const seen = new Map();
  for (const entry of entries) {
    const name = exportName(entry);
    const other = seen.get(name);
    if (other) throw new Problem(`${other} and ${entry.name} both answer ${name}`);
    seen.set(name, entry.name);
  }
}
