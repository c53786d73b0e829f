//go:build !wasm

package plugin

import (
	"strings"
	"testing"
)

func check(t *testing.T, what string, got, want any, err error) {
	t.Helper()
	if got != want || err != nil {
		t.Errorf("%s: %v, and should be %v; error %v", what, got, want, err)
	}
}

func refused(t *testing.T, what, want string, err error) {
	t.Helper()
	if err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("%s: error %v, and should begin with %s", what, err, want)
	}
}

func TestStrings(t *testing.T) {
	mock := NewMockContext()
	keys := mock.Storage()
	value, err := keys.Get("k")
	check(t, "absent", value.IsNull(), true, err)
	check(t, "set", nil, nil, keys.Set("k", Integer(41)))
	number, err := keys.Incr("k")
	check(t, "incr", number, int64(42), err)
	length, err := keys.Append("k", "!")
	check(t, "append", length, int64(3), err)
	value, err = keys.Get("k")
	check(t, "get", value.AsString(), "42!", err)
	_, err = keys.Incr("k")
	refused(t, "incr", "ERR value is not an integer", err)
	check(t, "empty", nil, nil, keys.Set("e", String("")))
	value, err = keys.Get("e")
	check(t, "empty", value.Kind(), KindString, err)
	long := strings.Repeat("x", 3*scratchBytes)
	check(t, "long", nil, nil, keys.Set("l", String(long)))
	value, err = keys.Get("l")
	check(t, "long", value.AsString(), long, err)
	found, err := keys.Delete("k")
	check(t, "delete", found, true, err)
	found, err = keys.Exists("k")
	check(t, "exists", found, false, err)
}

func TestExpiry(t *testing.T) {
	keys := NewMockContext().Storage()
	left, err := keys.TTL("k")
	check(t, "absent", left, int64(-2), err)
	check(t, "set_ex", nil, nil, keys.SetEx("k", String("v"), 3600))
	left, err = keys.TTL("k")
	check(t, "ttl", left, int64(3600), err)
	check(t, "set", nil, nil, keys.Set("k", String("v")))
	left, err = keys.PTTL("k")
	check(t, "for ever", left, int64(-1), err)
	found, err := keys.Expire("k", 2)
	check(t, "expire", found, true, err)
	found, err = keys.Expire("none", 2)
	check(t, "expire", found, false, err)
	refused(t, "set_ex", "ERR invalid expire", keys.SetEx("k", String("v"), 0))
}

func TestHashesAndTypes(t *testing.T) {
	mock := NewMockContext()
	keys, typed := mock.Storage(), mock.Typed("BLOOM")
	isNew, err := keys.HSet("h", "f", Double(0.5))
	check(t, "hset", isNew, true, err)
	value, err := keys.HGet("h", "f")
	check(t, "hget", value.AsString(), "0.5", err)
	_, err = keys.Get("h")
	refused(t, "get", "WRONGTYPE", err)
	check(t, "typed set", nil, nil, typed.Set("b", 2, []byte{1, 2, 3}))
	bytes, version, err := typed.Get("b")
	check(t, "typed get", string(bytes), "\x01\x02\x03", err)
	check(t, "version", version, int64(2), nil)
	buffer := make([]byte, 2)
	length, err := typed.Range("b", 1, buffer)
	check(t, "typed range", length, 3, err)
	check(t, "typed range", string(buffer), "\x02\x03", nil)
	kind, err := keys.Type("b")
	check(t, "type", kind, "BLOOM", err)
	_, _, err = mock.Typed("JSON").Get("b")
	refused(t, "another type", "WRONGTYPE", err)
	had, err := keys.HDel("h", "f")
	check(t, "hdel", had, true, err)
	kind, err = keys.Type("h")
	check(t, "type", kind, "none", err)
}

func TestSurroundings(t *testing.T) {
	mock := NewMockContext()
	mock.Settings["limit"], mock.Environment["HOME"], mock.Now = "5", "/", 12
	text, found := mock.Config("limit")
	check(t, "config", text, "5", nil)
	_, found = mock.Config("none")
	check(t, "config", found, false, nil)
	now, err := mock.NowMillis()
	check(t, "now", now, int64(12), err)
	text, _, err = mock.Env("HOME")
	check(t, "env", text, "/", err)
	check(t, "user", mock.User(), "default", nil)
	mock.Log(Warning, "careful")
	_, err = mock.Publish("news", "hello")
	check(t, "published", strings.Join(append(mock.Logged, mock.Published...), ","),
		"careful,news hello", err)
	mock.OnCall = func(words []string) Value { return Array(String(strings.Join(words, " "))) }
	reply, err := mock.Call("LRANGE", "l", "")
	check(t, "call", reply.AsArray()[0].AsString(), "LRANGE l ", err)
	mock.OnCall = func([]string) Value { return ErrorValue(WrongType()) }
	_, err = mock.Call("GET", "l")
	refused(t, "call", "WRONGTYPE", err)
	mock.OnHTTP = func(method, url string, body []byte) *Response {
		return &Response{201, map[string]string{"A": "b"}, append(body, method...)}
	}
	answer, err := mock.HTTP().Post("http://x/", "text/plain", []byte("hi "))
	check(t, "http", string(answer.Body)+answer.Headers["A"], "hi POSTb", err)
	check(t, "http", answer.Status, 201, nil)
	mock.Denied["http"], mock.Denied["get"] = true, true
	_, err = mock.HTTP().Get("http://x/")
	refused(t, "http", "NOPERM", err)
	_, err = mock.Storage().Get("k")
	refused(t, "get", "NOPERM", err)
	_, err = mock.Dial("x", 1)
	refused(t, "tcp", "ERR the mock has no network", err)
}

func TestRun(t *testing.T) {
	mock := NewMockContext()
	nested := Array(Integer(1), Map(Pair{String("a"), Set(Bool(true), Null())}), Verbatim("", "x"))
	reply, err := mock.Run(func(*Context, []Value) Result { return Ok(nested) })
	check(t, "nested", len(reply.AsArray()), 3, err)
	reply, err = mock.Run(func(_ *Context, args []Value) Result { return Ok(args[1]) }, "a", "b")
	check(t, "argument", reply.AsString(), "b", err)
	_, err = mock.Run(func(_ *Context, args []Value) Result { return Ok(args[1]) }, "a")
	refused(t, "panic", "ERR panic: runtime error: index out of range", err)
	_, err = mock.Run(func(*Context, []Value) Result { panic("no") })
	refused(t, "panic", "ERR panic: no", err)
	_, err = mock.Run(func(*Context, []Value) Result { return Fail(Custom("BUSY", "later")) })
	refused(t, "error", "BUSY later", err)
}

func TestHooks(t *testing.T) {
	mock := NewMockContext()
	mock.Strings["k"] = "old"
	refuse := func(ctx *HookContext) HookResult {
		if ctx.Key() == "k" && ctx.Value().AsString() == "new" {
			return Abort("not " + ctx.OldValue().AsString() + " " + ctx.Event())
		}
		return Replace(Integer(1))
	}
	result, err := mock.RunHook(refuse, mock.KeyEvent("OnKeyWrite", "k", "new"))
	why, _ := result.AbortMessage()
	check(t, "abort", why, "not old OnKeyWrite", err)
	result, err = mock.RunHook(refuse, mock.KeyEvent("OnKeyWrite", "k2", "new"))
	text, _ := result.Replacement()
	check(t, "replace", text, "1", err)
	upper := func(ctx *HookContext) HookResult {
		if ctx.Reply().IsNull() && ctx.Value().IsNull() {
			return ReplaceCommand(ctx.Command()[0].AsString(), "x")
		}
		return Continue()
	}
	result, err = mock.RunHook(upper, mock.CommandEvent("BeforeCommand", Null(), "GET", "y"))
	text, _ = result.Replacement()
	check(t, "command", text, "*2\r\n$3\r\nGET\r\n$1\r\nx\r\n", err)
	result, err = mock.RunHook(upper, mock.CommandEvent("AfterCommand", OK(), "GET", "y"))
	check(t, "continue", result.IsContinue(), true, err)
	_, err = mock.RunHook(func(*HookContext) HookResult { panic("no") }, mock.KeyEvent("", "", ""))
	refused(t, "panic", "ERR panic: no", err)
}
