//go:build !wasm

package plugin

import (
	"math"
	"testing"
)

func TestAccessors(t *testing.T) {
	cases := []struct {
		value  Value
		text   string
		number int64
		ok     bool
	}{
		{Null(), "", 0, false},
		{OK(), "OK", 0, false},
		{Integer(-7), "-7", -7, true},
		{Bool(true), "1", 1, true},
		{String("42"), "42", 42, true},
		{String("+42"), "+42", 0, false},
		{String(" 42"), " 42", 0, false},
		{String(""), "", 0, false},
		{String("9223372036854775808"), "9223372036854775808", 0, false},
		{Double(1.5), "1.5", 0, false},
		{Double(math.Inf(-1)), "-inf", 0, false},
		{BigNumber("12"), "12", 12, true},
		{Verbatim("txt", "3"), "3", 3, true},
		{Array(Integer(1)), "", 0, false},
	}
	for _, c := range cases {
		number, err := c.value.AsInt64()
		if c.value.AsString() != c.text || number != c.number || (err == nil) != c.ok {
			t.Errorf("%v %q: %q %d %v", c.value.Kind(), c.text, c.value.AsString(), number, err)
		}
	}
	if number, err := String("2.5").AsFloat64(); number != 2.5 || err != nil {
		t.Error(number, err)
	}
	for _, text := range []string{"nan", "", "1.5x"} {
		if _, err := String(text).AsFloat64(); err == nil {
			t.Error("taken for a number:", text)
		}
	}
}

func TestContainers(t *testing.T) {
	value := Map(Pair{String("a"), Integer(1)}, Pair{String("b"), Array(Null(), OK())})
	if number, _ := value.Get("a").AsInt64(); number != 1 || !value.Get("c").IsNull() {
		t.Error("Get")
	}
	if len(value.AsMap()) != 2 || len(value.Get("b").AsArray()) != 2 || value.AsArray() != nil {
		t.Error("AsMap, AsArray")
	}
	if Array(OK()).AsMap() != nil || len(Array(OK(), OK()).AsMap()) != 1 {
		t.Error("an array as a map")
	}
}

func TestEveryKindSurvivesRESP3(t *testing.T) {
	values := []Value{
		Null(), OK(), Integer(math.MinInt64), Double(0.1), Double(math.Inf(1)), Bool(true),
		Bool(false), String("a\x00\r\n\xff"), Simple("one line"), Verbatim("mkd", "# x"),
		BigNumber("123456789012345678901234567890"), Set(Integer(1), String("")), Array(),
		Map(Pair{String("k"), Array(Array(Null()))}), ErrorValue(WrongType()),
	}
	for _, value := range append(values, Array(values...)) {
		back, err := decode(encode(nil, value))
		if err != nil || string(encode(nil, back)) != string(encode(nil, value)) {
			t.Error(value.Kind(), err, string(encode(nil, value)))
		}
	}
}

func TestMalformedRESP3(t *testing.T) {
	deep := ""
	for range nestingMax + 2 {
		deep += "*1\r\n"
	}
	for _, text := range []string{
		"", ":", ":x\r\n", "$5\r\nab\r\n", "*2\r\n_\r\n", "?\r\n", "_\r\n_\r\n", "$-2\r\n",
		"*99999999999999999999\r\n", deep + "_\r\n",
	} {
		if _, err := decode([]byte(text)); err == nil {
			t.Errorf("taken for RESP3: %q", text)
		}
	}
}

func TestErrors(t *testing.T) {
	for text, want := range map[string]Error{
		"WRONGTYPE no":    {"WRONGTYPE", "no"},
		"Missing key":     {"ERR", "Missing key"},
		"ERR a b":         {"ERR", "a b"},
		"A b":             {"ERR", "A b"},
		"Nothing":         {"ERR", "Nothing"},
		"2FA needed here": {"ERR", "2FA needed here"},
	} {
		if got := errorOf(text); *got != want {
			t.Errorf("%q: %+v", text, got)
		}
	}
}
