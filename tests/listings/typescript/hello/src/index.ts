// src/index.ts
import { command, PluginContext, Value, Result } from '@ferrite/plugin-sdk';

@command({ name: 'HELLO.WORLD', flags: ['read'] })
export function helloWorld(ctx: PluginContext, args: Value[]): Result {
    const name = args[0]?.asString() ?? 'World';
    return Result.ok(Value.string(`Hello, ${name}!`));
}
