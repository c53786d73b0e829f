// The kinds of values, each a function that reads a text from its beginning to its end.

export const KINDS: string[] = ['date', 'email', 'integer', 'number', 'uuid'];

export function isKind(name: string): bool {
  return KINDS.includes(name);
}

export function isValid(kind: string, text: string): bool {
  if (kind == 'date') return isDate(text);
  if (kind == 'email') return isEmail(text);
  if (kind == 'integer') return isNumber(text, false);
  if (kind == 'number') return isNumber(text, true);
  return isUuid(text);
}

function isDigit(code: i32): bool {
  return code >= 0x30 && code <= 0x39;
}

function isLetter(code: i32): bool {
  return (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;
}

/** [-] digits [. digits] */
function isNumber(text: string, fraction: bool): bool {
  let digits = 0, points = 0;
  for (let i = text.startsWith('-') ? 1 : 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (isDigit(code)) digits++;
    else if (fraction && code == 0x2e && points == 0 && digits > 0) points++;
    else return false;
  }
  return digits > 0 && !text.endsWith('.');
}

/** The whole number in some digits of a text, -1 where something else is among them. */
function digitsAt(text: string, start: i32, count: i32): i32 {
  let number = 0;
  for (let i = start; i < start + count; i++) {
    const code = text.charCodeAt(i);
    if (!isDigit(code)) return -1;
    number = number * 10 + code - 0x30;
  }
  return number;
}

/** ISO 8601: 2026-02-28 */
function isDate(text: string): bool {
  if (text.length != 10 || text.charAt(4) != '-' || text.charAt(7) != '-') return false;
  const year = digitsAt(text, 0, 4), month = digitsAt(text, 5, 2), day = digitsAt(text, 8, 2);
  if (year < 0 || month < 1 || month > 12 || day < 1) return false;
  const leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  if (month == 2) return day <= (leap ? 29 : 28);
  return day <= (month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31);
}

/** 8-4-4-4-12 hexadecimal digits */
function isUuid(text: string): bool {
  if (text.length != 36) return false;
  for (let i = 0; i < 36; i++) {
    const code = text.charCodeAt(i);
    const hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    const hexadecimal = isDigit(code) || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x66);
    if (hyphen ? code != 0x2d : !hexadecimal) return false;
  }
  return true;
}

/** local@domain as RFC 5321 has it, without quotes: 64 and 255 characters at most, and a dot. */
function isEmail(text: string): bool {
  const at = text.indexOf('@');
  if (at < 1 || at > 64 || text.length - at > 256) return false;
  return isLocal(text.substring(0, at)) && isDomain(text.substring(at + 1));
}

function isLocal(text: string): bool {
  let last = 0x2e;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const plain = isDigit(code) || isLetter(code) || "!#$%&'*+-/=?^_`{|}~".includes(text.charAt(i));
    if (!plain && (code != 0x2e || last == 0x2e)) return false;
    last = code;
  }
  return last != 0x2e;
}

function isDomain(text: string): bool {
  const labels = text.split('.');
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i];
    if (label.length < 1 || label.length > 63) return false;
    if (label.startsWith('-') || label.endsWith('-')) return false;
    for (let j = 0; j < label.length; j++) {
      const code = label.charCodeAt(j);
      if (!isDigit(code) && !isLetter(code) && code != 0x2d) return false;
    }
  }
  return labels.length > 1;
}
