//go:build !wasm

package plugin

func (h host) lastError(buffer []byte) int32 { return fill(buffer, h.MockContext.lastError) }

func (h host) call(command []byte) int32 {
	if h.refuses("call") {
		return codeDenied
	}
	if h.OnCall == nil {
		return h.fail(codeUnavailable, "ERR the mock has no OnCall")
	}
	request, err := decode(command)
	if err != nil {
		return h.fail(codeArgument, err.Error())
	}
	words := []string{}
	for _, word := range request.AsArray() {
		words = append(words, word.AsString())
	}
	return h.hold(h.OnCall(words))
}

func (h host) handleRead(handle, offset int32, buffer []byte) int32 {
	bytes, found := h.handles[handle]
	if !found {
		return h.fail(codeArgument, "ERR there is no such handle")
	}
	copy(buffer, bytes[min(int(offset), len(bytes)):])
	return int32(len(bytes))
}

func (h host) handleDrop(handle int32) int32 {
	delete(h.handles, handle)
	return 0
}

func (h host) publish(channel, message string) int32 {
	if h.refuses("publish") {
		return codeDenied
	}
	h.Published = append(h.Published, channel+" "+message)
	return 0
}

func (h host) http(method, url, _ string, body []byte) int32 {
	if h.refuses("http") {
		return codeDenied
	}
	if h.OnHTTP == nil {
		return h.fail(codeUnavailable, "ERR the mock has no OnHTTP")
	}
	answer := h.OnHTTP(method, url, body)
	headers := []Pair{}
	for name, value := range answer.Headers {
		headers = append(headers, Pair{String(name), String(value)})
	}
	return h.hold(Map(
		Pair{String("status"), Integer(int64(answer.Status))},
		Pair{String("headers"), Map(headers...)},
		Pair{String("body"), Bytes(answer.Body)},
	))
}

func (h host) noNetwork() int32 { return h.fail(codeUnavailable, "ERR the mock has no network") }

func (h host) tcpConnect(string, int32) int32 { return h.noNetwork() }
func (h host) tcpSend(int32, []byte) int32    { return h.noNetwork() }
func (h host) tcpRecv(int32, []byte) int32    { return h.noNetwork() }
func (h host) tcpClose(int32) int32           { return h.noNetwork() }

func (h host) hookKey(buffer []byte) int32      { return optional(h.event.key, buffer) }
func (h host) hookValue(buffer []byte) int32    { return optional(h.event.value, buffer) }
func (h host) hookOldValue(buffer []byte) int32 { return optional(h.event.old, buffer) }
func (h host) hookReply() int32                 { return h.hold(h.event.reply) }

func (h host) hookCommand() int32 {
	if h.event.command.IsNull() {
		return codeAbsent
	}
	return h.hold(h.event.command)
}

func (h host) hookAbort(text string) int32 {
	h.event.result = Abort(text)
	return 0
}

func (h host) hookReplace(text string) int32 {
	h.event.result = Replace(String(text))
	return 0
}

func (h host) context(field string, buffer []byte) int32 { return entry(h.Fields, field, buffer) }
func (h host) config(key string, buffer []byte) int32    { return entry(h.Settings, key, buffer) }

func (h host) log(_ int32, text string) int32 {
	h.Logged = append(h.Logged, text)
	return 0
}

func (h host) timeMs(now *int64) int32 {
	if h.refuses("time_ms") {
		return codeDenied
	}
	*now = h.Now
	return 0
}

func (h host) random(buffer []byte) int32 {
	if h.refuses("random") {
		return codeDenied
	}
	for i := range buffer {
		buffer[i] = byte(i)
	}
	return int32(len(buffer))
}

func (h host) env(name string, buffer []byte) int32 {
	if h.refuses("env") {
		return codeDenied
	}
	return entry(h.Environment, name, buffer)
}

func (h host) fuelLeft(units *int64) int32 {
	*units = 1 << 40
	return 0
}

func optional(text *string, buffer []byte) int32 {
	if text == nil {
		return codeAbsent
	}
	return fill(buffer, *text)
}

func entry(entries map[string]string, name string, buffer []byte) int32 {
	text, found := entries[name]
	if !found {
		return codeAbsent
	}
	return fill(buffer, text)
}
