import { entry, PluginContext, Result, Value } from '@ferrite/plugin-sdk';

/** Replies, one after the other. */
export class Answers {
  private items: Value[] = [];

  add(value: Value | null): void { this.items.push(value ?? Value.null()); }
  integer(number: i64): void { this.items.push(Value.integer(number)); }
  truth(yes: bool): void { this.items.push(Value.bool(yes)); }
  text(text: string | null): void { this.items.push(Value.string(text ?? '')); }
  done(): void { this.items.push(Value.ok()); }
  result(): Result { return Result.ok(Value.array(this.items)); }
}

@entry({ name: 'upper_in' })
export function upper(ctx: PluginContext, args: Value[]): Result {
  const text = args[1].asString() ?? '';
  return Result.ok(Value.string(text.toUpperCase()));
}

@entry({ name: 'ferrite_on_load' })
export function loaded(ctx: PluginContext, args: Value[]): Result {
  ctx.log('loaded ' + (ctx.field('plugin') ?? ''));
  return Result.ok(Value.ok());
}
