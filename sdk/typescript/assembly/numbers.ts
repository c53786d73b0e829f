/** Whether the last parse has found a number. */
export let numberOk: bool = false;

/** A decimal number as the server reads it: no sign but a minus, no spaces. */
export function parseInteger(text: string): i64 {
  const length = text.length;
  const negative = length > 0 && text.charCodeAt(0) == 0x2d;
  let i = negative ? 1 : 0;
  const largest: u64 = <u64>i64.MAX_VALUE + (negative ? 1 : 0);
  let value: u64 = 0;
  numberOk = i < length && length <= 20;
  for (; numberOk && i < length; i++) {
    const digit = <u64>(text.charCodeAt(i) - 0x30);
    numberOk = digit <= 9 && value <= (largest - digit) / 10;
    value = value * 10 + digit;
  }
  return negative ? <i64>(0 - value) : <i64>value;
}

export function parseDouble(text: string): f64 {
  if (text == "inf" || text == "+inf") {
    numberOk = true;
    return Infinity;
  }
  if (text == "-inf") {
    numberOk = true;
    return -Infinity;
  }
  numberOk = isDecimal(text);
  return numberOk ? F64.parseFloat(text) : NaN;
}

/** [-+] digits [. digits] [e [-+] digits], with a digit before the exponent. */
function isDecimal(text: string): bool {
  const length = text.length;
  let i = 0, digits = 0;
  if (i < length && isSign(text.charCodeAt(i))) i++;
  for (; i < length && isDigit(text.charCodeAt(i)); i++) digits++;
  if (i < length && text.charCodeAt(i) == 0x2e) {
    for (i++; i < length && isDigit(text.charCodeAt(i)); i++) digits++;
  }
  if (digits == 0) return false;
  if (i < length && (text.charCodeAt(i) | 0x20) == 0x65) {
    i++;
    if (i < length && isSign(text.charCodeAt(i))) i++;
    if (i == length) return false;
    while (i < length && isDigit(text.charCodeAt(i))) i++;
  }
  return i == length;
}

function isDigit(code: i32): bool {
  return code >= 0x30 && code <= 0x39;
}

function isSign(code: i32): bool {
  return code == 0x2b || code == 0x2d;
}

/** A double as RESP3 writes it. */
export function formatDouble(number: f64): string {
  if (isNaN(number)) return "nan";
  if (!isFinite(number)) return number > 0 ? "inf" : "-inf";
  const text = number.toString();
  return text.endsWith(".0") ? text.substring(0, text.length - 2) : text;
}

/** Say that there is a number, where none has to be parsed. */
export function numberFound(): void {
  numberOk = true;
}
