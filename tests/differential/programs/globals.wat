(module
  (global $seed (export "seed") (mut i64) (i64.const 88172645463325252))
  (global $calls (export "calls") (mut i32) (i32.const 0))
  (global $scale f64 (f64.const 0.5))
  (func $step (result i64)
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (global.set $seed (i64.xor (global.get $seed) (i64.shl (global.get $seed) (i64.const 13))))
    (global.set $seed (i64.xor (global.get $seed) (i64.shr_u (global.get $seed) (i64.const 7))))
    (global.set $seed (i64.xor (global.get $seed) (i64.shl (global.get $seed) (i64.const 17))))
    (global.get $seed))
  (func (export "draw") (param $turns i32) (result i64) (local $last i64)
    (loop $next
      (local.set $last (call $step))
      (br_if $next
        (local.tee $turns (i32.sub (local.get $turns) (i32.const 1)))))
    (local.get $last))
  (func (export "scaled") (param $value f64) (result f64)
    (f64.mul (local.get $value) (global.get $scale))))
