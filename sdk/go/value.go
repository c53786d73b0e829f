package plugin

import (
	"math"
	"strconv"
)

// Value is an argument, a stored value or a reply. The zero Value is null.
type Value struct {
	kind   Kind
	number int64 // an integer, a bool, or the bits of a double
	text   string
	format string
	items  []Value // members; those of a map are key, value, key, value ...
}

// Pair is one entry of a map.
type Pair struct {
	Key, Value Value
}

// Null is the absence of a value.
func Null() Value { return Value{} }

// OK is the simple string OK.
func OK() Value { return Value{kind: KindOK, text: "OK"} }

// Integer is a 64-bit number.
func Integer(number int64) Value { return Value{kind: KindInteger, number: number} }

// Double is a floating-point number.
func Double(number float64) Value {
	return Value{kind: KindDouble, number: int64(math.Float64bits(number))}
}

// Bool is true or false.
func Bool(truth bool) Value {
	if truth {
		return Value{kind: KindBool, number: 1}
	}
	return Value{kind: KindBool}
}

// String is a bulk string; a Go string may hold any bytes.
func String(text string) Value { return Value{kind: KindString, text: text} }

// Bytes is a bulk string.
func Bytes(bytes []byte) Value { return String(string(bytes)) }

// Simple is a simple string, one line.
func Simple(text string) Value { return Value{kind: KindSimple, text: text} }

// ErrorValue is an error as a member of an array; as a whole reply use Err or Fail.
func ErrorValue(err error) Value { return Value{kind: KindError, text: err.Error()} }

// Verbatim is text with a format of three letters: "txt", "mkd".
func Verbatim(format, text string) Value {
	return Value{kind: KindVerbatim, text: text, format: format}
}

// BigNumber is an integer of any size, in decimal digits.
func BigNumber(digits string) Value { return Value{kind: KindBigNumber, text: digits} }

// Array is a list of values.
func Array(items ...Value) Value { return Value{kind: KindArray, items: items} }

// Set is a list of different values.
func Set(items ...Value) Value { return Value{kind: KindSet, items: items} }

// Map is a list of entries with different keys.
func Map(pairs ...Pair) Value {
	items := make([]Value, 0, 2*len(pairs))
	for _, pair := range pairs {
		items = append(items, pair.Key, pair.Value)
	}
	return Value{kind: KindMap, items: items}
}

// Kind says what the value is.
func (v Value) Kind() Kind { return v.kind }

// IsNull tells whether there is no value.
func (v Value) IsNull() bool { return v.kind == KindNull }

// AsString is the value as text: numbers in decimal, true and false as 1 and 0, "" for null and
// for arrays, maps and sets.
func (v Value) AsString() string {
	switch v.kind {
	case KindInteger, KindBool:
		return strconv.FormatInt(v.number, 10)
	case KindDouble:
		return formatDouble(math.Float64frombits(uint64(v.number)))
	default:
		return v.text
	}
}

// AsBytes is AsString as bytes.
func (v Value) AsBytes() []byte { return []byte(v.AsString()) }

// AsInt64 is an integer, also one in a text. The error is OutOfRange for anything else.
func (v Value) AsInt64() (int64, error) {
	switch v.kind {
	case KindInteger, KindBool:
		return v.number, nil
	case KindString, KindSimple, KindVerbatim, KindBigNumber:
		return parseInteger(v.text)
	default:
		return 0, errNotInteger
	}
}

// AsFloat64 is a number, also one in a text. The error is OutOfRange for anything else.
func (v Value) AsFloat64() (float64, error) {
	switch v.kind {
	case KindInteger, KindBool:
		return float64(v.number), nil
	case KindDouble:
		return math.Float64frombits(uint64(v.number)), nil
	case KindString, KindSimple, KindVerbatim, KindBigNumber:
		return parseDouble(v.text)
	default:
		return 0, errNotFloat
	}
}

// AsBool is true or false; integers and their texts count as true unless they are 0.
func (v Value) AsBool() (bool, error) {
	number, err := v.AsInt64()
	return number != 0, err
}

// AsArray is the members of an array or a set, nil for anything else.
func (v Value) AsArray() []Value {
	if v.kind == KindArray || v.kind == KindSet {
		return v.items
	}
	return nil
}

// AsMap is the entries of a map, also of one that RESP2 writes as an array; nil for anything else.
func (v Value) AsMap() []Pair {
	if v.kind != KindMap && (v.kind != KindArray || len(v.items)%2 != 0) {
		return nil
	}
	pairs := make([]Pair, 0, len(v.items)/2)
	for i := 0; i < len(v.items); i += 2 {
		pairs = append(pairs, Pair{v.items[i], v.items[i+1]})
	}
	return pairs
}

// Get is the value of a map's entry, null when there is none.
func (v Value) Get(key string) Value {
	for i := 0; v.kind == KindMap && i < len(v.items); i += 2 {
		if v.items[i].AsString() == key {
			return v.items[i+1]
		}
	}
	return Null()
}

// AsError is an error that a command has answered, nil for anything else.
func (v Value) AsError() error {
	if v.kind == KindError {
		return errorOf(v.text)
	}
	return nil
}

// Format is the format of a verbatim string.
func (v Value) Format() string { return v.format }
