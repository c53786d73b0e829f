(module
  (memory (export "memory") 1)
  (data (i32.const 64) "The quick brown fox \80\ff\7f jumps over the lazy dog")
  (func (export "checksum") (param $from i32) (param $to i32) (result i64) (local $sum i64)
    (loop $next
      (if (i32.lt_u (local.get $from) (local.get $to))
        (then
          (local.set $sum (i64.add
            (i64.mul (local.get $sum) (i64.const 31))
            (i64.load8_s (local.get $from))))
          (local.set $from (i32.add (local.get $from) (i32.const 1)))
          (br $next))))
    (local.get $sum))
  (func (export "widths") (param $at i32) (result i64)
    (i64.store offset=256 (local.get $at) (i64.const 0xfedcba9876543210))
    (i32.store16 offset=260 align=1 (local.get $at) (i32.const 0x1ffff))
    (i64.store32 offset=264 (local.get $at) (i64.const -2))
    (i64.store8 offset=269 (local.get $at) (i64.const 0x1ff))
    (f32.store offset=270 align=1 (local.get $at) (f32.const 1.5))
    (f64.store offset=280 (local.get $at) (f64.const -0.1))
    (i64.xor
      (i64.xor
        (i64.load16_s offset=262 (local.get $at))
        (i64.load32_s offset=264 (local.get $at)))
      (i64.xor
        (i64.extend_i32_u (i32.load16_s offset=268 (local.get $at)))
        (i64.xor
          (i64.reinterpret_f64 (f64.load offset=280 (local.get $at)))
          (i64.extend_i32_s (i32.load8_s offset=271 (local.get $at)))))))
  (func (export "reverse") (param $first i32) (param $last i32) (local $byte i32)
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $first) (local.get $last)))
        (local.set $byte (i32.load8_u (local.get $first)))
        (i32.store8 (local.get $first) (i32.load8_u (local.get $last)))
        (i32.store8 (local.get $last) (local.get $byte))
        (local.set $first (i32.add (local.get $first) (i32.const 1)))
        (local.set $last (i32.sub (local.get $last) (i32.const 1)))
        (br $next)))))
