//go:build !wasm

package plugin

import (
	"math"
	"strconv"
	"strings"
)

// host is the mock of what host_wasm.go has: one method for each function of ferrite_v1.
type host struct{ *MockContext }

func (h host) argCount() int32 { return int32(len(h.args)) }

func (h host) argRead(index int32, buffer []byte) int32 {
	return fill(buffer, h.args[index].text)
}

func (h host) get(key string, buffer []byte) int32 {
	if h.refuses("get") {
		return codeDenied
	}
	if h.wrongType(key, "string") {
		return codeType
	}
	text, found := h.Strings[key]
	if !found {
		return codeAbsent
	}
	return fill(buffer, text)
}

func (h host) set(key, value string) int32 {
	if h.refuses("set") {
		return codeDenied
	}
	h.remove(key)
	h.Strings[key] = value
	return 0
}

func (h host) setEx(key, value string, milliseconds int64) int32 {
	if milliseconds <= 0 {
		return h.fail(codeArgument, "ERR invalid expire time")
	}
	code := h.set(key, value)
	if code == 0 {
		h.Expires[key] = milliseconds
	}
	return code
}

func (h host) appendTo(key, text string, length *int64) int32 {
	if h.refuses("append") {
		return codeDenied
	}
	if h.wrongType(key, "string") {
		return codeType
	}
	h.Strings[key] += text
	*length = int64(len(h.Strings[key]))
	return 0
}

func (h host) incrBy(key string, delta int64, result *int64) int32 {
	if h.refuses("incr_by") {
		return codeDenied
	}
	if h.wrongType(key, "string") {
		return codeType
	}
	number, err := int64(0), error(nil)
	if text, found := h.Strings[key]; found {
		number, err = parseInteger(text)
	}
	sum := number + delta
	if err != nil || (sum > number) != (delta > 0) && delta != 0 {
		return h.fail(codeNumber, errNotInteger.Error())
	}
	h.Strings[key] = strconv.FormatInt(sum, 10)
	*result = sum
	return 0
}

func (h host) remove(key string) bool {
	found := h.MockContext.typeOf(key) != "none"
	delete(h.Strings, key)
	delete(h.Hashes, key)
	delete(h.TypedAt, key)
	delete(h.Expires, key)
	return found
}

func (h host) delete(key string) int32 {
	if h.refuses("delete") {
		return codeDenied
	}
	return truth(h.remove(key))
}

func (h host) exists(key string) int32 {
	if h.refuses("exists") {
		return codeDenied
	}
	return truth(h.MockContext.typeOf(key) != "none")
}

func (h host) expire(key string, milliseconds int64) int32 {
	if h.refuses("expire") {
		return codeDenied
	}
	if h.MockContext.typeOf(key) == "none" {
		return codeAbsent
	}
	h.Expires[key] = milliseconds
	return 0
}

func (h host) ttl(key string, milliseconds *int64) int32 {
	if h.refuses("ttl") {
		return codeDenied
	}
	if h.MockContext.typeOf(key) == "none" {
		return codeAbsent
	}
	*milliseconds = -1
	if left, found := h.Expires[key]; found {
		*milliseconds = left
	}
	return 0
}

func (h host) typeOf(key string, buffer []byte) int32 {
	if h.refuses("type_of") {
		return codeDenied
	}
	return fill(buffer, h.MockContext.typeOf(key))
}

func (h host) hget(key, field string, buffer []byte) int32 {
	if h.refuses("hget") {
		return codeDenied
	}
	if h.wrongType(key, "hash") {
		return codeType
	}
	text, found := h.Hashes[key][field]
	if !found {
		return codeAbsent
	}
	return fill(buffer, text)
}

func (h host) hset(key, field, value string) int32 {
	if h.refuses("hset") {
		return codeDenied
	}
	if h.wrongType(key, "hash") {
		return codeType
	}
	if h.Hashes[key] == nil {
		h.Hashes[key] = map[string]string{}
	}
	_, found := h.Hashes[key][field]
	h.Hashes[key][field] = value
	return truth(!found)
}

func (h host) hdel(key, field string) int32 {
	if h.refuses("hdel") {
		return codeDenied
	}
	if h.wrongType(key, "hash") {
		return codeType
	}
	_, found := h.Hashes[key][field]
	delete(h.Hashes[key], field)
	if len(h.Hashes[key]) == 0 {
		delete(h.Hashes, key)
	}
	return truth(found)
}

func (h host) typedGet(key, kind string, version *int64, buffer []byte) int32 {
	if h.wrongType(key, kind) {
		return codeType
	}
	typed, found := h.TypedAt[key]
	if !found {
		return codeAbsent
	}
	*version = typed.Version
	return fill(buffer, string(typed.Bytes))
}

func (h host) typedSet(key, kind string, version int32, bytes []byte) int32 {
	if h.wrongType(key, kind) {
		return codeType
	}
	h.TypedAt[key] = MockTyped{kind, int64(version), append([]byte{}, bytes...)}
	return 0
}

func (h host) typedRange(key, kind string, offset int32, buffer []byte) int32 {
	if h.wrongType(key, kind) {
		return codeType
	}
	typed, found := h.TypedAt[key]
	if !found {
		return codeAbsent
	}
	copy(buffer, typed.Bytes[min(int(offset), len(typed.Bytes)):])
	return int32(len(typed.Bytes))
}

func (h host) replyFixed(kind Kind) int32 { return h.reply(Value{kind: kind}) }

func (h host) replyNumber(kind Kind, number int64) int32 {
	return h.reply(Value{kind: kind, number: number})
}

func (h host) replyText(kind Kind, text string) int32 {
	return h.reply(Value{kind: kind, text: text})
}

func (h host) replyVerbatim(format, text string) int32 { return h.reply(Verbatim(format, text)) }

func (h host) replyMany(kind Kind, count int32) int32 {
	mark := map[Kind]string{KindArray: "*", KindSet: "~", KindMap: "%"}[kind]
	h.replies = append(h.replies, mark+strconv.Itoa(int(count))+"\r\n"...)
	return 0
}

func (h host) reply(value Value) int32 {
	h.replies = encode(h.replies, value)
	return 0
}

func truth(yes bool) int32 {
	if yes {
		return 1
	}
	return 0
}

// encode writes a value in RESP3.
func encode(out []byte, value Value) []byte {
	line := func(mark, text string) []byte { return append(out, mark+oneLine(text)+"\r\n"...) }
	switch value.kind {
	case KindNull:
		return line("_", "")
	case KindOK:
		return line("+", "OK")
	case KindInteger:
		return line(":", value.AsString())
	case KindDouble:
		return line(",", formatDouble(math.Float64frombits(uint64(value.number))))
	case KindBool:
		return line("#", map[int64]string{0: "f", 1: "t"}[value.number])
	case KindSimple:
		return line("+", value.text)
	case KindError:
		return line("-", value.text)
	case KindBigNumber:
		return line("(", value.text)
	case KindVerbatim:
		return encodeText(out, "=", value.format+":"+value.text)
	case KindString:
		return encodeText(out, "$", value.text)
	}
	mark := map[Kind]string{KindArray: "*", KindSet: "~", KindMap: "%"}[value.kind]
	count := len(value.items)
	if value.kind == KindMap {
		count /= 2
	}
	out = line(mark, strconv.Itoa(count))
	for _, item := range value.items {
		out = encode(out, item)
	}
	return out
}

func encodeText(out []byte, mark, text string) []byte {
	return append(out, strings.Join([]string{mark, strconv.Itoa(len(text)), "\r\n", text, "\r\n"}, "")...)
}
