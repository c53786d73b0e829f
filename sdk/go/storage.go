package plugin

const millisecondsPerSecond = 1000

// Storage is the keys of the caller's database. What a call may not do is an error whose text
// begins with NOPERM; a key of another type is a WRONGTYPE error.
type Storage struct {
	ctx *Context
}

// Get is the string at a key, null when there is none.
func (s *Storage) Get(key string) (Value, error) {
	return s.found(readText(func(buffer []byte) int32 { return s.ctx.host.get(key, buffer) }))
}

// Set gives a key a string: the value's text. The key does not expire afterwards.
func (s *Storage) Set(key string, value Value) error {
	return s.ctx.failure(s.ctx.host.set(key, value.AsString()))
}

// SetEx is Set, and the key expires after some seconds.
func (s *Storage) SetEx(key string, value Value, seconds int64) error {
	return s.PSetEx(key, value, seconds*millisecondsPerSecond)
}

// PSetEx is Set, and the key expires after some milliseconds.
func (s *Storage) PSetEx(key string, value Value, milliseconds int64) error {
	return s.ctx.failure(s.ctx.host.setEx(key, value.AsString(), milliseconds))
}

// Append appends to the string at a key; its new length.
func (s *Storage) Append(key, text string) (int64, error) {
	var length int64
	err := s.ctx.failure(s.ctx.host.appendTo(key, text, &length))
	return length, err
}

// Incr adds 1 to the integer at a key; the result.
func (s *Storage) Incr(key string) (int64, error) { return s.IncrBy(key, 1) }

// IncrBy adds to the integer at a key; the result.
func (s *Storage) IncrBy(key string, delta int64) (int64, error) {
	var result int64
	err := s.ctx.failure(s.ctx.host.incrBy(key, delta, &result))
	return result, err
}

// Delete removes a key; whether there was one.
func (s *Storage) Delete(key string) (bool, error) { return s.truth(s.ctx.host.delete(key)) }

// Exists tells whether there is such a key.
func (s *Storage) Exists(key string) (bool, error) { return s.truth(s.ctx.host.exists(key)) }

// Expire lets a key expire after some seconds; whether there is such a key.
func (s *Storage) Expire(key string, seconds int64) (bool, error) {
	return s.PExpire(key, seconds*millisecondsPerSecond)
}

// PExpire lets a key expire after some milliseconds; whether there is such a key.
func (s *Storage) PExpire(key string, milliseconds int64) (bool, error) {
	return s.ctx.absent(s.ctx.host.expire(key, milliseconds))
}

// TTL is the seconds a key has left: -1 for one that does not expire, -2 when there is none.
func (s *Storage) TTL(key string) (int64, error) {
	left, err := s.PTTL(key)
	if left > 0 {
		left = (left + millisecondsPerSecond/2) / millisecondsPerSecond
	}
	return left, err
}

// PTTL is the milliseconds a key has left: -1 for one that does not expire, -2 when there is none.
func (s *Storage) PTTL(key string) (int64, error) {
	left := int64(-1)
	found, err := s.ctx.absent(s.ctx.host.ttl(key, &left))
	if !found {
		left = -2
	}
	return left, err
}

// Type is the name of the type of a key's value, "none" when there is no key.
func (s *Storage) Type(key string) (string, error) {
	text, code := readText(func(buffer []byte) int32 { return s.ctx.host.typeOf(key, buffer) })
	return text, s.ctx.failure(code)
}

// HGet is the value of a field of a hash, null when there is no such key or field.
func (s *Storage) HGet(key, field string) (Value, error) {
	return s.found(readText(func(buffer []byte) int32 { return s.ctx.host.hget(key, field, buffer) }))
}

// HSet gives a field of a hash a value; whether the field is new.
func (s *Storage) HSet(key, field string, value Value) (bool, error) {
	return s.truth(s.ctx.host.hset(key, field, value.AsString()))
}

// HDel removes a field of a hash; whether there was one.
func (s *Storage) HDel(key, field string) (bool, error) {
	return s.truth(s.ctx.host.hdel(key, field))
}

func (s *Storage) truth(code int32) (bool, error) { return code > 0, s.ctx.failure(code) }

func (s *Storage) found(text string, code int32) (Value, error) {
	found, err := s.ctx.absent(code)
	if !found {
		return Null(), err
	}
	return String(text), nil
}

// Typed is the values of one data type of the plugin's own, as bytes that only it understands.
type Typed struct {
	ctx  *Context
	name string
}

// Get is the bytes at a key and the version of their encoding; nil when there is no key.
func (t *Typed) Get(key string) (bytes []byte, version int64, err error) {
	bytes, code := readBytes(func(buffer []byte) int32 {
		return t.ctx.host.typedGet(key, t.name, &version, buffer)
	})
	found, err := t.ctx.absent(code)
	if found && bytes == nil {
		bytes = []byte{}
	}
	return bytes, version, err
}

// Set gives a key a value of this type.
func (t *Typed) Set(key string, version int32, bytes []byte) error {
	return t.ctx.failure(t.ctx.host.typedSet(key, t.name, version, bytes))
}

// Range copies bytes from an offset on into a buffer; the length of the whole value, -1 when there
// is no key.
func (t *Typed) Range(key string, offset int, buffer []byte) (int, error) {
	length := t.ctx.host.typedRange(key, t.name, int32(offset), buffer)
	_, err := t.ctx.absent(length)
	return int(max(length, codeAbsent)), err
}
