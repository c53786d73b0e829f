package plugin

import (
	"math"
	"unsafe"
)

// host is the server itself: each method is one function of ferrite_v1. Outside WebAssembly the
// type of the same name is the mock of it.
type host struct{}

func textAt(text string) pointer { return pointer(unsafe.StringData(text)) }

func bytesAt(bytes []byte) pointer { return pointer(unsafe.SliceData(bytes)) }

func (host) replyFixed(kind Kind) int32 {
	if kind == KindOK {
		return abiReplyOk()
	}
	return abiReplyNull()
}

func (host) replyNumber(kind Kind, number int64) int32 {
	switch kind {
	case KindDouble:
		return abiReplyDouble(math.Float64frombits(uint64(number)))
	case KindBool:
		return abiReplyBool(int32(number))
	default:
		return abiReplyInt(number)
	}
}

func (host) replyText(kind Kind, text string) int32 {
	switch kind {
	case KindSimple:
		return abiReplySimple(textAt(text), int32(len(text)))
	case KindError:
		return abiReplyError(textAt(text), int32(len(text)))
	case KindBigNumber:
		return abiReplyBignum(textAt(text), int32(len(text)))
	default:
		return abiReplyBulk(textAt(text), int32(len(text)))
	}
}

func (host) replyVerbatim(format, text string) int32 {
	padded := format + "txt"
	return abiReplyVerbatim(textAt(padded), textAt(text), int32(len(text)))
}

func (host) replyMany(kind Kind, count int32) int32 {
	switch kind {
	case KindMap:
		return abiReplyMap(count)
	case KindSet:
		return abiReplySet(count)
	default:
		return abiReplyArray(count)
	}
}

func (host) argCount() int32 {
	return abiArgCount()
}

func (host) argRead(index int32, buffer []byte) int32 {
	return abiArgRead(index, bytesAt(buffer), int32(len(buffer)))
}

func (host) lastError(buffer []byte) int32 {
	return abiLastError(bytesAt(buffer), int32(len(buffer)))
}

func (host) get(key string, buffer []byte) int32 {
	return abiGet(textAt(key), int32(len(key)), bytesAt(buffer), int32(len(buffer)))
}

func (host) set(key string, value string) int32 {
	return abiSet(textAt(key), int32(len(key)), textAt(value), int32(len(value)))
}

func (host) setEx(key string, value string, milliseconds int64) int32 {
	return abiSetEx(textAt(key), int32(len(key)), textAt(value), int32(len(value)), milliseconds)
}

func (host) appendTo(key string, value string, length *int64) int32 {
	return abiAppend(textAt(key), int32(len(key)), textAt(value), int32(len(value)), pointer(length))
}

func (host) incrBy(key string, delta int64, result *int64) int32 {
	return abiIncrBy(textAt(key), int32(len(key)), delta, pointer(result))
}

func (host) delete(key string) int32 {
	return abiDelete(textAt(key), int32(len(key)))
}

func (host) exists(key string) int32 {
	return abiExists(textAt(key), int32(len(key)))
}

func (host) expire(key string, milliseconds int64) int32 {
	return abiExpire(textAt(key), int32(len(key)), milliseconds)
}

func (host) ttl(key string, milliseconds *int64) int32 {
	return abiTtl(textAt(key), int32(len(key)), pointer(milliseconds))
}

func (host) typeOf(key string, buffer []byte) int32 {
	return abiTypeOf(textAt(key), int32(len(key)), bytesAt(buffer), int32(len(buffer)))
}

func (host) hget(key string, field string, buffer []byte) int32 {
	return abiHget(textAt(key), int32(len(key)), textAt(field), int32(len(field)), bytesAt(buffer), int32(len(buffer)))
}

func (host) hset(key string, field string, value string) int32 {
	return abiHset(textAt(key), int32(len(key)), textAt(field), int32(len(field)), textAt(value), int32(len(value)))
}

func (host) hdel(key string, field string) int32 {
	return abiHdel(textAt(key), int32(len(key)), textAt(field), int32(len(field)))
}

func (host) typedGet(key string, kind string, version *int64, buffer []byte) int32 {
	return abiTypedGet(textAt(key), int32(len(key)), textAt(kind), int32(len(kind)), pointer(version), bytesAt(buffer), int32(len(buffer)))
}

func (host) typedSet(key string, kind string, version int32, value []byte) int32 {
	return abiTypedSet(textAt(key), int32(len(key)), textAt(kind), int32(len(kind)), version, bytesAt(value), int32(len(value)))
}

func (host) typedRange(key string, kind string, offset int32, buffer []byte) int32 {
	return abiTypedRange(textAt(key), int32(len(key)), textAt(kind), int32(len(kind)), offset, bytesAt(buffer), int32(len(buffer)))
}

func (host) call(words []byte) int32 {
	return abiCall(bytesAt(words), int32(len(words)))
}

func (host) handleRead(handle int32, offset int32, buffer []byte) int32 {
	return abiHandleRead(handle, offset, bytesAt(buffer), int32(len(buffer)))
}

func (host) handleDrop(handle int32) int32 {
	return abiHandleDrop(handle)
}

func (host) publish(channel string, message string) int32 {
	return abiPublish(textAt(channel), int32(len(channel)), textAt(message), int32(len(message)))
}

func (host) http(method string, url string, headers string, body []byte) int32 {
	return abiHttp(textAt(method), int32(len(method)), textAt(url), int32(len(url)), textAt(headers), int32(len(headers)), bytesAt(body), int32(len(body)))
}

func (host) tcpConnect(name string, port int32) int32 {
	return abiTcpConnect(textAt(name), int32(len(name)), port)
}

func (host) tcpSend(handle int32, bytes []byte) int32 {
	return abiTcpSend(handle, bytesAt(bytes), int32(len(bytes)))
}

func (host) tcpRecv(handle int32, buffer []byte) int32 {
	return abiTcpRecv(handle, bytesAt(buffer), int32(len(buffer)))
}

func (host) tcpClose(handle int32) int32 {
	return abiTcpClose(handle)
}

func (host) hookKey(buffer []byte) int32 {
	return abiHookKey(bytesAt(buffer), int32(len(buffer)))
}

func (host) hookValue(buffer []byte) int32 {
	return abiHookValue(bytesAt(buffer), int32(len(buffer)))
}

func (host) hookOldValue(buffer []byte) int32 {
	return abiHookOldValue(bytesAt(buffer), int32(len(buffer)))
}

func (host) hookCommand() int32 {
	return abiHookCommand()
}

func (host) hookReply() int32 {
	return abiHookReply()
}

func (host) hookAbort(text string) int32 {
	return abiHookAbort(textAt(text), int32(len(text)))
}

func (host) hookReplace(text string) int32 {
	return abiHookReplace(textAt(text), int32(len(text)))
}

func (host) context(field string, buffer []byte) int32 {
	return abiContext(textAt(field), int32(len(field)), bytesAt(buffer), int32(len(buffer)))
}

func (host) config(key string, buffer []byte) int32 {
	return abiConfig(textAt(key), int32(len(key)), bytesAt(buffer), int32(len(buffer)))
}

func (host) log(level int32, text string) int32 {
	return abiLog(level, textAt(text), int32(len(text)))
}

func (host) timeMs(now *int64) int32 {
	return abiTimeMs(pointer(now))
}

func (host) random(buffer []byte) int32 {
	return abiRandom(bytesAt(buffer), int32(len(buffer)))
}

func (host) env(name string, buffer []byte) int32 {
	return abiEnv(textAt(name), int32(len(name)), bytesAt(buffer), int32(len(buffer)))
}

func (host) fuelLeft(units *int64) int32 {
	return abiFuelLeft(pointer(units))
}
