// A custom section at the end of a module (core specification, 5.5.3).

export function withSection(binary, title, text) {
  const encoder = new TextEncoder();
  const name = encoder.encode(title);
  const content = [...unsigned(name.length), ...name, ...encoder.encode(text)];
  return Buffer.concat([binary, Buffer.from([0, ...unsigned(content.length), ...content])]);
}

function unsigned(value) {
  const bytes = [];
  for (; value > 0x7f; value >>>= 7) bytes.push((value & 0x7f) | 0x80);
  return [...bytes, value];
}
