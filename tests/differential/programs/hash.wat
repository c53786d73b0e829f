(module
  (memory (export "memory") 1)
  (data (i32.const 0) "in the beginning there was the byte")
  (func (export "fnv") (param $at i32) (param $size i32) (result i64) (local $hash i64)
    (local.set $hash (i64.const 0xcbf29ce484222325))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $size)))
        (local.set $hash
          (i64.mul
            (i64.xor (local.get $hash) (i64.load8_u (local.get $at)))
            (i64.const 0x100000001b3)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (local.set $size (i32.sub (local.get $size) (i32.const 1)))
        (br $next)))
    (local.get $hash))
  (func (export "mix") (param $value i64) (result i64)
    (local.set $value (i64.xor (local.get $value) (i64.shr_u (local.get $value) (i64.const 33))))
    (local.set $value (i64.mul (local.get $value) (i64.const 0xff51afd7ed558ccd)))
    (local.set $value (i64.xor (local.get $value) (i64.rotl (local.get $value) (i64.const 29))))
    (local.set $value (i64.sub (local.get $value) (i64.shr_s (local.get $value) (i64.const 7))))
    (i64.add
      (i64.rotr (local.get $value) (i64.ctz (local.get $value)))
      (i64.or (i64.popcnt (local.get $value)) (i64.clz (local.get $value)))))
  (func (export "murmur") (param $key i32) (param $seed i32) (result i32)
    (local.set $key (i32.mul (local.get $key) (i32.const 0xcc9e2d51)))
    (local.set $key (i32.rotl (local.get $key) (i32.const 15)))
    (local.set $key (i32.mul (local.get $key) (i32.const 0x1b873593)))
    (local.set $seed (i32.xor (local.get $seed) (local.get $key)))
    (local.set $seed (i32.rotr (local.get $seed) (i32.const 19)))
    (i32.xor
      (i32.add (i32.mul (local.get $seed) (i32.const 5)) (i32.const 0xe6546b64))
      (i32.shr_s (local.get $seed) (i32.clz (local.get $seed)))))
  (func (export "divide") (param $a i64) (param $b i64) (result i64 i64 i64 i64)
    (i64.div_s (local.get $a) (local.get $b))
    (i64.rem_s (local.get $a) (local.get $b))
    (i64.div_u (local.get $a) (local.get $b))
    (i64.rem_u (local.get $a) (local.get $b))))
