import { at, encode } from "./bytes";
import { Value } from "./value";

/** What a command answers: a value or an error. */
export class Result {
  private constructor(public readonly value: Value, public readonly error: string | null) {}

  static ok(value: Value): Result { return new Result(value, null); }
  /** An error with this text; "ERR " is put before one that has no code of its own. */
  static err(text: string): Result { return new Result(Value.null(), text); }
  /** The error for a key that holds a value of another type. */
  static wrongType(): Result {
    return Result.err("WRONGTYPE Operation against a key holding the wrong kind of value");
  }
  /** The error for a number that is none, or too large. */
  static outOfRange(message: string = "value is not an integer or out of range"): Result {
    return Result.err("ERR " + message);
  }
  /** The error for arguments that do not fit together. */
  static syntax(): Result { return Result.err("ERR syntax error"); }
  /** The error for somebody who has to log in. */
  static noAuth(): Result { return Result.err("NOAUTH Authentication required."); }
  /** An error with a code of the plugin's own. */
  static custom(code: string, message: string): Result {
    return Result.err(code + " " + message);
  }
}

/** What a hook says to its event. */
export class HookResult {
  private constructor(
    public readonly refusal: string | null,
    public readonly replacement: ArrayBuffer | null,
  ) {}

  /** Let it happen. */
  static continue(): HookResult { return new HookResult(null, null); }
  /** Refuse it, with an error for the client: BeforeCommand, OnKeyWrite and OnKeyDelete. */
  static abort(message: string): HookResult { return new HookResult(message, null); }
  /** Store this string in place of the one that was written: OnKeyWrite. */
  static replace(value: Value): HookResult { return new HookResult(null, value.toBuffer()); }
  /** Run this command in place of the one that was asked for: BeforeCommand. */
  static replaceCommand(words: Array<string>): HookResult {
    return new HookResult(null, commandOf(words));
  }
}

/** A command as a RESP array of bulk strings. */
export function commandOf(words: Array<string>): ArrayBuffer {
  const lineEnd = encode("\r\n"), parts = [encode("*" + words.length.toString() + "\r\n")];
  let length = parts[0].byteLength;
  for (let i = 0; i < words.length; i++) {
    const word = encode(words[i]), head = encode("$" + word.byteLength.toString() + "\r\n");
    parts.push(head);
    parts.push(word);
    parts.push(lineEnd);
    length += head.byteLength + word.byteLength + lineEnd.byteLength;
  }
  const bytes = new ArrayBuffer(length);
  let to = at(bytes);
  for (let i = 0; i < parts.length; i++) {
    memory.copy(to, at(parts[i]), parts[i].byteLength);
    to += parts[i].byteLength;
  }
  return bytes;
}
