import assert from "node:assert/strict";
import { test } from "node:test";

import { exportName, manifestOf } from "../../../sdk/typescript/compiler/manifest.mjs";
import { withSection } from "../../../sdk/typescript/compiler/section.mjs";

const project = { name: "x", version: "1.0.0", description: 'a "b"\n\u007f' };

test("rights follow the flags", () => {
  const command = (flags) => ({ kind: "command", fields: { name: "A.B", flags } });
  const asked = (...flags) => manifestOf([command(flags)], project).match(/action = "\w+"/g) ?? [];
  assert.deepEqual(asked(), []);
  assert.deepEqual(asked("read"), ['action = "read"']);
  assert.deepEqual(asked("write"), ['action = "read"', 'action = "write"']);
});

test("names and texts", () => {
  const hook = { kind: "hook", fields: { event: "OnKeyWrite", priority: -1 } };
  const command = { kind: "command", fields: { name: "A", firstKey: 1, aclCategories: ["x"] } };
  const text = manifestOf([hook, command, { kind: "entry", fields: { name: "e" } }], project);
  assert.match(text, /description = "a \\"b\\"\\n\\u007f"/);
  assert.match(text, /\[\[hooks\]\]\nevent = "OnKeyWrite"\npriority = -1\n/);
  assert.match(text, /first_key = 1\nacl_categories = \["x"\]/);
  assert.equal(exportName(hook), "on_key_write");
  assert.equal(exportName({ kind: "command", fields: { name: "HELLO.WORLD-2" } }), "hello_world_2");
});

test("a section ends a module", () => {
  const text = "é".repeat(100);
  const empty = Buffer.from([0, 97, 115, 109, 1, 0, 0, 0]);
  const module = new WebAssembly.Module(withSection(empty, "title", text));
  const [content] = WebAssembly.Module.customSections(module, "title");
  assert.equal(Buffer.from(content).toString(), text);
});
