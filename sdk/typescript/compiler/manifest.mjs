// The manifest that the decorators mean. A plugin.toml of the project takes its place.

/** The text of a plugin.toml. A command with the flag read or write asks for the permission. */
export function manifestOf(entries, project) {
  const lines = ["[package]", `name = ${toml(project.name)}`, `version = ${toml(project.version)}`];
  if (project.description) lines.push(`description = ${toml(project.description)}`);
  const asked = new Set();
  for (const { kind, fields } of entries) {
    if (kind === "entry") continue;
    lines.push("", kind === "command" ? "[[commands]]" : "[[hooks]]");
    for (const [key, value] of Object.entries(fields)) lines.push(`${snake(key)} = ${toml(value)}`);
    const flags = fields.flags ?? [];
    if (flags.includes("read") || flags.includes("write")) asked.add("read");
    if (flags.includes("write")) asked.add("write");
  }
  for (const action of asked) {
    lines.push("", "[[permissions]]", 'resource = "storage"', `action = ${toml(action)}`);
  }
  return lines.join("\n") + "\n";
}

/** The export a command or hook is found by: hello_world for HELLO.WORLD, on_key_write for
 *  OnKeyWrite. */
export function exportName({ kind, fields }) {
  if (kind === "entry") return fields.name;
  if (kind === "command") return fields.name.toLowerCase().replace(/[^a-z0-9]+/g, "_");
  return snake(fields.event.charAt(0).toLowerCase() + fields.event.slice(1));
}

function snake(name) {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** A JSON string is a TOML string, but for one character. */
function toml(value) {
  return JSON.stringify(value).replaceAll("\u007f", "\\u007f");
}
