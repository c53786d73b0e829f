import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";

import { rewriteOperators } from "../../../sdk/typescript/compiler/operators.mjs";

const folder = new URL("../../../.cache/assemblyscript/", import.meta.url);
const ts = createRequire(folder)("typescript");

function rewritten(text) {
  const file = ts.createSourceFile("x.ts", text, ts.ScriptTarget.Latest, true);
  return rewriteOperators(ts, file);
}

/** The same expressions in JavaScript, over lists and objects. */
const helpers = `
  const ferriteAt = (list, i) => (i >= 0 && i < list.length ? list[i] : null);
  const ferriteOr = (value, other) => (value === null ? other : value);`;

function run(text, values) {
  const plain = ts.transpile(`${helpers}\n${text}`);
  return new Function(...Object.keys(values), plain)(...Object.values(values));
}

const word = (text) => ({ asString: () => text, next: text === "last" ? null : word("last") });
let calls = 0;
const values = () => ({
  none: null, one: word("one"), list: [word("a"), word(null)],
  make: (text) => (calls++, text === null ? null : word(text)),
});

for (const [text, wanted] of [
  ["return list[0]?.asString() ?? 'x';", "a"],
  ["return list[1]?.asString() ?? 'x';", "x"],
  ["return list[2]?.asString() ?? 'x';", "x"],
  ["return list[2] ?? 'x';", "x"],
  ["return (list[2] ?? one).asString();", "one"],
  ["return none?.asString();", null],
  ["return one?.next?.asString() ?? 'x';", "last"],
  ["return one?.next?.next?.asString() ?? 'x';", "x"],
  ["return none ?? none ?? 'x';", "x"],
  ["return none?.asString() ?? one?.asString() ?? 'x';", "one"],
  ["return make('b')?.asString() ?? 'x';", "b"],
  ["return make(null)?.asString() ?? `x${1 + 1}`;", "x2"],
  ["const a = make(null) ?? make('c'); return a.asString();", "c"],
  ["if (make(null)?.asString() ?? true) return 1; return 2;", 1],
  ["/* ?? */ return `${none ?? 'y'}` + '?.';", "y?."],
]) {
  test(text, () => {
    const output = rewritten(`function f() { ${text} }`);
    assert.doesNotMatch(output.replace("/* ?? */", "").replace("'?.'", ""), /\?\.|\?\?/);
    assert.equal(run(`${output}\nreturn f();`, values()), wanted);
  });
}

test("what is hoisted is evaluated once", () => {
  calls = 0;
  run(`${rewritten("function f() { return make('b')?.asString() ?? 'x'; }")}\nreturn f();`, values());
  assert.equal(calls, 1);
});

test("lines stay where they are", () => {
  const text = "function f(a) {\n  // first\n  return make('b')\n    ?.asString() ?? 'x';\n}\nlast();";
  const output = rewritten(text);
  assert.equal(output.split("\n").indexOf("last();") <= 5, true);
  assert.match(output.split("\n")[2], /const ferriteValue1/);
});

for (const text of [
  "while (make('b')?.next ?? false) {}",
  "const f = () => make('b')?.next;",
  "const a = b ? make('b')?.next : null;",
  "const a = b && make('b')?.next;",
  "one?.();",
  "a ??= b;",
]) {
  test(`refused: ${text}`, () => {
    assert.throws(() => rewritten(text), /^Error: x\.ts:1:\d+: /);
  });
}

test("other text is left alone", () => {
  const text = "class A { x = a ? b : c; y = '?'; }";
  assert.equal(rewritten(text), text);
});
