;; Takes all the memory it can get, and makes the last page its own.
(import "ferrite_v1" "reply_int" (func $reply_int (param i64) (result i32)))
(memory (export "memory") 1)
(func (export "grower_grow") (result i32)
  (loop $more (br_if $more (i32.ne (memory.grow (i32.const 16)) (i32.const -1))))
  (i32.store (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 4)) (i32.const 7))
  (call $reply_int (i64.extend_i32_u (memory.size))))
(func (export "grower_leap") (result i32)
  (call $reply_int (i64.extend_i32_s (memory.grow (i32.const 65535)))))
