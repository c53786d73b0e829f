// Every part of the SDK, for tests.
package main

import (
	"io"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/ferrite/plugin-sdk-go"
)

func init() {
	plugin.OnLoad(func(ctx *plugin.Context) error {
		ctx.Log(plugin.Info, "loaded "+ctx.Field("plugin"))
		return nil
	})
}

//export api_kinds
func kinds(ctx *plugin.Context, args []plugin.Value) plugin.Result {
	return plugin.Ok(plugin.Array(
		plugin.Null(), plugin.OK(), plugin.Integer(math.MinInt64), plugin.Double(1.5),
		plugin.Double(math.Inf(-1)), plugin.Bool(true), plugin.String("text"),
		plugin.Bytes([]byte{0, 255, 13, 10}), plugin.Simple("one line"),
		plugin.ErrorValue(plugin.WrongType()), plugin.Verbatim("mkd", "# x"),
		plugin.BigNumber("-123456789012345678901234567890"), plugin.Array(),
		plugin.Map(plugin.Pair{Key: plugin.String("k"), Value: plugin.Array(plugin.Integer(1))}),
		plugin.Set(plugin.Integer(1), plugin.Integer(2)),
	))
}

//export api_echo
func echo(ctx *plugin.Context, args []plugin.Value) plugin.Result {
	return plugin.Ok(plugin.Array(args...))
}

//export api_text
func text(ctx *plugin.Context, args []plugin.Value) plugin.Result {
	texts := make([]plugin.Value, len(args))
	for i, arg := range args {
		if utf8.ValidString(arg.AsString()) {
			texts[i] = plugin.String(arg.AsString())
		}
	}
	return plugin.Ok(plugin.Array(texts...))
}

//export api_number
func number(ctx *plugin.Context, args []plugin.Value) plugin.Result {
	integer, err := args[0].AsInt64()
	if err == nil {
		return plugin.Ok(plugin.Integer(integer))
	}
	double, err := args[0].AsFloat64()
	if err != nil {
		return plugin.Fail(err)
	}
	return plugin.Ok(plugin.Double(double))
}

// answers collects replies until something fails.
type answers struct {
	items []plugin.Value
	err   error
}

func (a *answers) add(value plugin.Value, err error) {
	if err != nil && a.err == nil {
		a.err = err
	}
	a.items = append(a.items, value)
}

func (a *answers) integer(number int64, err error) { a.add(plugin.Integer(number), err) }
func (a *answers) truth(yes bool, err error)       { a.add(plugin.Bool(yes), err) }
func (a *answers) done(err error)                  { a.add(plugin.OK(), err) }

func (a *answers) result() plugin.Result {
	if a.err != nil {
		return plugin.Fail(a.err)
	}
	return plugin.Ok(plugin.Array(a.items...))
}

//export api_storage
func storage(ctx *plugin.Context, args []plugin.Value) plugin.Result {
	key, keys, got := args[0].AsString(), ctx.Storage(), &answers{}
	got.truth(keys.Exists(key))
	got.add(keys.Get(key))
	got.done(keys.Set(key, plugin.Integer(41)))
	got.integer(keys.Incr(key))
	got.integer(keys.IncrBy(key, -2))
	got.integer(keys.Append(key, "!"))
	got.add(keys.Get(key))
	got.integer(keys.TTL(key))
	got.done(keys.SetEx(key, plugin.String(strings.Repeat("x", 5000)), 3600))
	got.integer(keys.TTL(key))
	long, err := keys.Get(key)
	got.integer(int64(len(long.AsString())), err)
	kind, err := keys.Type(key)
	got.add(plugin.String(kind), err)
	got.truth(keys.Delete(key))
	got.truth(keys.Delete(key))
	got.truth(keys.Expire(key, 10))
	got.integer(keys.TTL(key))
	got.truth(keys.HSet(key, "f", plugin.Double(0.5)))
	got.truth(keys.HSet(key, "f", plugin.String("v")))
	got.add(keys.HGet(key, "f"))
	got.add(keys.HGet(key, "none"))
	got.truth(keys.HDel(key, "f"))
	return got.result()
}

//export api_readonly
func readonly(ctx *plugin.Context, args []plugin.Value) plugin.Result {
	if err := ctx.Storage().Set(args[0].AsString(), plugin.OK()); err != nil {
		return plugin.Fail(err)
	}
	return plugin.Ok(plugin.OK())
}

//export api_typed
func typed(ctx *plugin.Context, args []plugin.Value) plugin.Result {
	key, pair, got := args[0].AsString(), ctx.Typed("PAIR"), &answers{}
	bytes, _, err := pair.Get(key)
	got.truth(bytes != nil, err)
	got.done(pair.Set(key, 7, args[1].AsBytes()))
	bytes, version, err := pair.Get(key)
	got.add(plugin.Bytes(bytes), err)
	buffer := make([]byte, 2)
	length, err := pair.Range(key, 1, buffer)
	got.integer(int64(length)*100+version, err)
	got.add(plugin.Bytes(buffer), nil)
	return got.result()
}

//export api_call
func call(ctx *plugin.Context, args []plugin.Value) plugin.Result {
	words := make([]string, len(args))
	for i, arg := range args {
		words[i] = arg.AsString()
	}
	reply, err := ctx.Call(words...)
	if err != nil {
		return plugin.Fail(err)
	}
	return plugin.Ok(reply)
}

//export api_context
func context(ctx *plugin.Context, args []plugin.Value) plugin.Result {
	got := &answers{}
	for _, name := range []string{"plugin", "user", "db", "event"} {
		got.add(plugin.String(ctx.Field(name)), nil)
	}
	limit, found := ctx.Config("limit")
	got.add(plugin.String(limit), nil)
	got.truth(found, nil)
	_, found = ctx.Config("none")
	got.truth(found, nil)
	now, err := ctx.NowMillis()
	got.truth(now > 1_600_000_000_000, err)
	buffer := make([]byte, 16)
	got.truth(true, ctx.Random(buffer))
	got.truth(ctx.FuelLeft() > 0, nil)
	count, err := ctx.Publish("news", "hello")
	got.integer(int64(count), err)
	return got.result()
}

//export api_http
func fetch(ctx *plugin.Context, args []plugin.Value) plugin.Result {
	answer, err := ctx.HTTP().Get(args[0].AsString())
	if err != nil {
		return plugin.Fail(err)
	}
	return plugin.Ok(plugin.Array(
		plugin.Integer(int64(answer.Status)), plugin.String(answer.Headers["X-Test"]),
		plugin.Bytes(answer.Body),
	))
}

//export api_tcp
func exchange(ctx *plugin.Context, args []plugin.Value) plugin.Result {
	port, _ := args[1].AsInt64()
	times, _ := args[3].AsInt64()
	got := []byte{}
	for ; times > 0; times-- {
		connection, err := ctx.Dial(args[0].AsString(), int(port))
		if err != nil {
			return plugin.Fail(err)
		}
		if _, err := connection.Write(args[2].AsBytes()); err != nil {
			return plugin.Fail(err)
		}
		got = make([]byte, len(args[2].AsBytes()))
		if _, err := io.ReadFull(connection, got); err != nil {
			return plugin.Fail(err)
		}
		if err := connection.Close(); err != nil {
			return plugin.Fail(err)
		}
	}
	return plugin.Ok(plugin.Bytes(got))
}

//export api_fail
func fail(ctx *plugin.Context, args []plugin.Value) plugin.Result {
	ctx.Storage().Set("undone", plugin.OK())
	switch args[0].AsString() {
	case "wrong_type":
		return plugin.Fail(plugin.WrongType())
	case "out_of_range":
		return plugin.Fail(plugin.OutOfRange("too large"))
	case "syntax":
		return plugin.Fail(plugin.Syntax())
	case "no_auth":
		return plugin.Fail(plugin.NoAuth())
	case "custom":
		return plugin.Fail(plugin.Custom("BUSY", "later"))
	case "denied":
		_, err := ctx.Storage().Delete("kept")
		return plugin.Fail(err)
	default:
		return plugin.Err("Missing key argument")
	}
}

//export api_panic
func crash(ctx *plugin.Context, args []plugin.Value) plugin.Result {
	ctx.Storage().Set("undone", plugin.OK())
	return plugin.Ok(args[len(args)])
}

//export on_key_write
func guard(ctx *plugin.HookContext) plugin.HookResult {
	value := ctx.Value().AsString()
	switch {
	case value == "refused":
		old := ctx.OldValue().AsString()
		return plugin.Abort("Refused " + ctx.Key() + " " + old + " " + ctx.Event())
	case value == "replaced":
		return plugin.Replace(ctx.Command()[0])
	default:
		return plugin.Continue()
	}
}

//export upper_in
func upper(ctx *plugin.Context, args []plugin.Value) plugin.Result {
	return plugin.Ok(plugin.String(strings.ToUpper(args[1].AsString())))
}

//export turn_in
func turnIn(ctx *plugin.Context, args []plugin.Value) plugin.Result {
	value := slices.Clone(args[1].AsBytes())
	slices.Reverse(value)
	return plugin.Ok(plugin.Bytes(append(args[0].AsBytes(), value...)))
}

//export turn_out
func turnOut(ctx *plugin.Context, args []plugin.Value) plugin.Result {
	value, found := strings.CutPrefix(args[1].AsString(), args[0].AsString())
	if !found {
		return plugin.Err("it is of another key")
	}
	bytes := []byte(value)
	slices.Reverse(bytes)
	return plugin.Ok(plugin.Bytes(bytes))
}

//export kept_get
func keptGet(ctx *plugin.Context, args []plugin.Value) plugin.Result {
	value, err := ctx.Storage().HGet("kept", args[0].AsString())
	if err != nil {
		return plugin.Fail(err)
	}
	return plugin.Ok(value)
}

//export kept_set
func keptSet(ctx *plugin.Context, args []plugin.Value) plugin.Result {
	if _, err := ctx.Storage().HSet("kept", args[0].AsString(), args[1]); err != nil {
		return plugin.Fail(err)
	}
	if args[2].AsString() != "0" {
		if err := ctx.Storage().Set("lives", args[2]); err != nil {
			return plugin.Fail(err)
		}
	}
	return plugin.Ok(plugin.OK())
}

func oneOrZero(yes bool, err error) plugin.Result {
	if err != nil {
		return plugin.Fail(err)
	}
	if yes {
		return plugin.Ok(plugin.Integer(1))
	}
	return plugin.Ok(plugin.Integer(0))
}

//export kept_delete
func keptDelete(ctx *plugin.Context, args []plugin.Value) plugin.Result {
	return oneOrZero(ctx.Storage().HDel("kept", args[0].AsString()))
}

//export kept_exists
func keptExists(ctx *plugin.Context, args []plugin.Value) plugin.Result {
	value, err := ctx.Storage().HGet("kept", args[0].AsString())
	return oneOrZero(!value.IsNull(), err)
}

//export kept_scan
func keptScan(ctx *plugin.Context, args []plugin.Value) plugin.Result {
	reply, err := ctx.Call("HKEYS", "kept")
	if err != nil {
		return plugin.Fail(err)
	}
	cursor, _ := args[0].AsInt64()
	count, _ := args[2].AsInt64()
	all := reply.AsArray()
	size := int64(len(all))
	from := min(cursor, size)
	to := min(from+count, size)
	next := to
	if to == size {
		next = 0
	}
	return plugin.Ok(plugin.Array(plugin.Integer(next), plugin.Array(all[from:to]...)))
}

func main() {}
