// @command, @hook and @entry: read, taken out, and remembered as entry points.

import { problemAt } from "./problem.mjs";

const TEXT = "a string", TEXTS = "an array of strings", NUMBER = "a number";
const FIELDS = {
  command: {
    name: TEXT, description: TEXT, minArgs: NUMBER, maxArgs: NUMBER, arity: NUMBER, flags: TEXTS,
    aclCategories: TEXTS, firstKey: NUMBER, lastKey: NUMBER, step: NUMBER, complexity: TEXT,
    since: TEXT, tips: TEXTS, timeoutMs: NUMBER,
  },
  hook: { event: TEXT, priority: NUMBER, filter: TEXT },
  entry: { name: TEXT },
};
const SIGNATURES = {
  command: { parameters: 2, result: "Result", text: "(ctx: PluginContext, args: Value[]): Result" },
  hook: { parameters: 1, result: "HookResult", text: "(ctx: HookContext): HookResult" },
  entry: { parameters: 2, result: "Result", text: "(ctx: PluginContext, args: Value[]): Result" },
};

/** The decorated functions of a file: { kind, fields, name, spans }, in their order. The spans are
 *  what has to be blanked out of the text. */
export function findEntries(ts, file) {
  const entries = [];
  for (const statement of file.statements) {
    if (!ts.canHaveModifiers(statement) || !statement.modifiers) continue;
    for (const modifier of statement.modifiers) {
      const entry = ts.isDecorator(modifier) && readDecorator(ts, file, modifier);
      if (!entry) continue;
      requireSignature(ts, file, statement, entry.kind);
      const words = statement.modifiers.filter(
        (other) => other.kind === ts.SyntaxKind.ExportKeyword || other === modifier,
      );
      const spans = words.map((word) => [word.getStart(file), word.end]);
      entries.push({ ...entry, name: statement.name.text, spans });
    }
  }
  return entries;
}

function readDecorator(ts, file, decorator) {
  const call = decorator.expression;
  const name = ts.isCallExpression(call) ? call.expression.getText(file) : call.getText(file);
  if (!Object.hasOwn(FIELDS, name)) return null;
  const [table] = ts.isCallExpression(call) ? call.arguments : [];
  if (!table || !ts.isObjectLiteralExpression(table)) {
    const first = Object.keys(FIELDS[name])[0];
    throw problemAt(file, decorator, `write it as @${name}({ ${first}: '...' })`);
  }
  const fields = {};
  for (const property of table.properties) {
    const key = property.name?.getText(file).replace(/^['"]|['"]$/g, "");
    const wanted = Object.hasOwn(FIELDS[name], key ?? "") && FIELDS[name][key];
    if (!wanted || !ts.isPropertyAssignment(property)) {
      const known = Object.keys(FIELDS[name]).join(", ");
      throw problemAt(file, property, `@${name} has no field ${key}; it has ${known}`);
    }
    fields[key] = literal(ts, property.initializer);
    if (kindOf(fields[key]) !== wanted) throw problemAt(file, property, `${key} is ${wanted}`);
  }
  const needed = Object.keys(FIELDS[name])[0];
  if (!fields[needed]) throw problemAt(file, decorator, `@${name} needs ${needed}: '...'`);
  return { kind: name, fields };
}

function literal(ts, node) {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isNumericLiteral(node)) return Number(node.text);
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.MinusToken) {
    const number = literal(ts, node.operand);
    return typeof number === "number" ? -number : undefined;
  }
  if (ts.isArrayLiteralExpression(node)) return node.elements.map((item) => literal(ts, item));
  return undefined;
}

function kindOf(value) {
  if (typeof value === "string") return TEXT;
  if (Number.isInteger(value)) return NUMBER;
  return Array.isArray(value) && value.every((item) => typeof item === "string") ? TEXTS : null;
}

function requireSignature(ts, file, statement, kind) {
  const wanted = SIGNATURES[kind];
  const right = ts.isFunctionDeclaration(statement) && statement.name
    && statement.parameters.length === wanted.parameters
    && statement.type?.getText(file) === wanted.result;
  if (!right) {
    const name = statement.name?.text ?? "this";
    throw problemAt(file, statement, `@${kind} is for a function ${name}${wanted.text}`);
  }
}
