package plugin

import "unsafe"

type pointer = unsafe.Pointer

// The functions of module ferrite_v1. A text is a pointer and a length.

//go:wasmimport ferrite_v1 arg_count
func abiArgCount() int32

//go:wasmimport ferrite_v1 arg_read
func abiArgRead(int32, pointer, int32) int32

//go:wasmimport ferrite_v1 last_error
func abiLastError(pointer, int32) int32

//go:wasmimport ferrite_v1 reply_null
func abiReplyNull() int32

//go:wasmimport ferrite_v1 reply_ok
func abiReplyOk() int32

//go:wasmimport ferrite_v1 reply_int
func abiReplyInt(int64) int32

//go:wasmimport ferrite_v1 reply_double
func abiReplyDouble(float64) int32

//go:wasmimport ferrite_v1 reply_bool
func abiReplyBool(int32) int32

//go:wasmimport ferrite_v1 reply_simple
func abiReplySimple(pointer, int32) int32

//go:wasmimport ferrite_v1 reply_bulk
func abiReplyBulk(pointer, int32) int32

//go:wasmimport ferrite_v1 reply_error
func abiReplyError(pointer, int32) int32

//go:wasmimport ferrite_v1 reply_verbatim
func abiReplyVerbatim(pointer, pointer, int32) int32

//go:wasmimport ferrite_v1 reply_bignum
func abiReplyBignum(pointer, int32) int32

//go:wasmimport ferrite_v1 reply_array
func abiReplyArray(int32) int32

//go:wasmimport ferrite_v1 reply_map
func abiReplyMap(int32) int32

//go:wasmimport ferrite_v1 reply_set
func abiReplySet(int32) int32

//go:wasmimport ferrite_v1 get
func abiGet(pointer, int32, pointer, int32) int32

//go:wasmimport ferrite_v1 set
func abiSet(pointer, int32, pointer, int32) int32

//go:wasmimport ferrite_v1 set_ex
func abiSetEx(pointer, int32, pointer, int32, int64) int32

//go:wasmimport ferrite_v1 append
func abiAppend(pointer, int32, pointer, int32, pointer) int32

//go:wasmimport ferrite_v1 incr_by
func abiIncrBy(pointer, int32, int64, pointer) int32

//go:wasmimport ferrite_v1 delete
func abiDelete(pointer, int32) int32

//go:wasmimport ferrite_v1 exists
func abiExists(pointer, int32) int32

//go:wasmimport ferrite_v1 expire
func abiExpire(pointer, int32, int64) int32

//go:wasmimport ferrite_v1 ttl
func abiTtl(pointer, int32, pointer) int32

//go:wasmimport ferrite_v1 type_of
func abiTypeOf(pointer, int32, pointer, int32) int32

//go:wasmimport ferrite_v1 hget
func abiHget(pointer, int32, pointer, int32, pointer, int32) int32

//go:wasmimport ferrite_v1 hset
func abiHset(pointer, int32, pointer, int32, pointer, int32) int32

//go:wasmimport ferrite_v1 hdel
func abiHdel(pointer, int32, pointer, int32) int32

//go:wasmimport ferrite_v1 typed_get
func abiTypedGet(pointer, int32, pointer, int32, pointer, pointer, int32) int32

//go:wasmimport ferrite_v1 typed_set
func abiTypedSet(pointer, int32, pointer, int32, int32, pointer, int32) int32

//go:wasmimport ferrite_v1 typed_range
func abiTypedRange(pointer, int32, pointer, int32, int32, pointer, int32) int32

//go:wasmimport ferrite_v1 call
func abiCall(pointer, int32) int32

//go:wasmimport ferrite_v1 handle_read
func abiHandleRead(int32, int32, pointer, int32) int32

//go:wasmimport ferrite_v1 handle_drop
func abiHandleDrop(int32) int32

//go:wasmimport ferrite_v1 publish
func abiPublish(pointer, int32, pointer, int32) int32

//go:wasmimport ferrite_v1 http
func abiHttp(pointer, int32, pointer, int32, pointer, int32, pointer, int32) int32

//go:wasmimport ferrite_v1 tcp_connect
func abiTcpConnect(pointer, int32, int32) int32

//go:wasmimport ferrite_v1 tcp_send
func abiTcpSend(int32, pointer, int32) int32

//go:wasmimport ferrite_v1 tcp_recv
func abiTcpRecv(int32, pointer, int32) int32

//go:wasmimport ferrite_v1 tcp_close
func abiTcpClose(int32) int32

//go:wasmimport ferrite_v1 hook_key
func abiHookKey(pointer, int32) int32

//go:wasmimport ferrite_v1 hook_value
func abiHookValue(pointer, int32) int32

//go:wasmimport ferrite_v1 hook_old_value
func abiHookOldValue(pointer, int32) int32

//go:wasmimport ferrite_v1 hook_command
func abiHookCommand() int32

//go:wasmimport ferrite_v1 hook_reply
func abiHookReply() int32

//go:wasmimport ferrite_v1 hook_abort
func abiHookAbort(pointer, int32) int32

//go:wasmimport ferrite_v1 hook_replace
func abiHookReplace(pointer, int32) int32

//go:wasmimport ferrite_v1 context
func abiContext(pointer, int32, pointer, int32) int32

//go:wasmimport ferrite_v1 config
func abiConfig(pointer, int32, pointer, int32) int32

//go:wasmimport ferrite_v1 log
func abiLog(int32, pointer, int32) int32

//go:wasmimport ferrite_v1 time_ms
func abiTimeMs(pointer) int32

//go:wasmimport ferrite_v1 random
func abiRandom(pointer, int32) int32

//go:wasmimport ferrite_v1 env
func abiEnv(pointer, int32, pointer, int32) int32

//go:wasmimport ferrite_v1 fuel_left
func abiFuelLeft(pointer) int32
