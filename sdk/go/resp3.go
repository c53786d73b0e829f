package plugin

import (
	"bytes"
	"strconv"
)

var errMalformed = Custom("ERR", "the server's reply is not RESP3")

const nestingMax = 128

// encodeCommand writes a command as a RESP array of bulk strings.
func encodeCommand(words []string) []byte {
	out := strconv.AppendInt([]byte{'*'}, int64(len(words)), 10)
	out = append(out, "\r\n"...)
	for _, word := range words {
		out = strconv.AppendInt(append(out, '$'), int64(len(word)), 10)
		out = append(append(append(out, "\r\n"...), word...), "\r\n"...)
	}
	return out
}

// decode reads one whole RESP3 value.
func decode(data []byte) (Value, error) {
	reader := resp3{rest: data}
	value := reader.value(0)
	if reader.bad || len(reader.rest) > 0 {
		return Null(), errMalformed
	}
	return value, nil
}

type resp3 struct {
	rest []byte
	bad  bool
}

func (r *resp3) value(depth int) Value {
	if len(r.rest) == 0 || depth > nestingMax {
		return r.fail()
	}
	mark := r.rest[0]
	r.rest = r.rest[1:]
	line := r.line()
	switch mark {
	case '_':
		return Null()
	case '+':
		if line == "OK" {
			return OK()
		}
		return Simple(line)
	case '-':
		return Value{kind: KindError, text: line}
	case ':':
		number, err := strconv.ParseInt(line, 10, 64)
		r.bad = r.bad || err != nil
		return Integer(number)
	case ',':
		number, err := strconv.ParseFloat(line, 64)
		r.bad = r.bad || err != nil
		return Double(number)
	case '#':
		return Bool(line == "t")
	case '(':
		return BigNumber(line)
	case '$', '!', '=':
		return r.text(mark, r.size(line))
	case '*', '~', '%', '>':
		return r.container(mark, r.size(line), depth)
	default:
		return r.fail()
	}
}

func (r *resp3) text(mark byte, size int) Value {
	if size < 0 {
		return Null()
	}
	if len(r.rest)-2 < size {
		return r.fail()
	}
	text := string(r.rest[:size])
	r.rest = r.rest[size+2:]
	switch {
	case mark == '!':
		return Value{kind: KindError, text: text}
	case mark == '=' && size > 3:
		return Verbatim(text[:3], text[4:])
	default:
		return String(text)
	}
}

func (r *resp3) container(mark byte, size, depth int) Value {
	kind := map[byte]Kind{'*': KindArray, '>': KindArray, '~': KindSet, '%': KindMap}[mark]
	if size < 0 {
		return Null()
	}
	if kind == KindMap {
		size *= 2
	}
	items := make([]Value, 0, min(size, len(r.rest)))
	for i := 0; i < size && !r.bad; i++ {
		items = append(items, r.value(depth+1))
	}
	return Value{kind: kind, items: items}
}

func (r *resp3) line() string {
	line, rest, found := bytes.Cut(r.rest, []byte("\r\n"))
	r.rest = rest
	r.bad = r.bad || !found
	return string(line)
}

func (r *resp3) size(line string) int {
	size, err := strconv.Atoi(line)
	r.bad = r.bad || err != nil || size < -1
	return size
}

func (r *resp3) fail() Value {
	r.bad = true
	return Null()
}
