// What is told to the author of a plugin, with the place in the source.

export class Problem extends Error {}

/** A problem at a node of a source file. */
export function problemAt(file, node, text) {
  const { line, character } = file.getLineAndCharacterOfPosition(node.getStart(file));
  return new Problem(`${file.fileName}:${line + 1}:${character + 1}: ${text}`);
}
