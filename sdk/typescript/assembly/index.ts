// The guest side of a ferrite plugin, for AssemblyScript.

export { HookContext, LogLevel, PluginContext } from "./context";
export { Connection, Http, Response } from "./network";
export { HookResult, Result } from "./result";
export { Storage, Typed } from "./storage";
export { Value, ValueKind } from "./value";
export {
  ferriteAnswer, ferriteArguments, ferriteAt, ferriteOr, ferriteSay,
} from "./entry";

/** @command({ name, flags, ... }): ferrite-asc takes the decorators out, and makes of them the
 *  exports and the manifest. */
export function command(): void {}
/** @hook({ event, priority, filter }) */
export function hook(): void {}
/** @entry({ name }): another export that has the signature of a command, as `upper_in`. */
export function entry(): void {}
