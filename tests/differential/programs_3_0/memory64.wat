(module
  (memory (export "memory") i64 1 3)
  (table $t i64 4 10 funcref)
  (elem (table $t) (i64.const 1) func $f)
  (elem $passive func $f $f)
  (data $d "abcdef")
  (func $f (result i32) (i32.const 77))

  (func (export "walk") (param $from i64) (param $to i64) (result i64)
    (local $sum i64)
    (block $done
      (loop $next
        (br_if $done (i64.ge_u (local.get $from) (local.get $to)))
        (i64.store offset=8 (local.get $from) (i64.mul (local.get $from) (i64.const 3)))
        (local.set $sum (i64.add (local.get $sum) (i64.load32_u offset=8 (local.get $from))))
        (local.set $from (i64.add (local.get $from) (i64.const 8)))
        (br $next)))
    (local.get $sum))

  (func (export "bulk") (param $at i64) (param $pages i64) (result i64)
    (memory.fill (local.get $at) (i32.const 9) (i64.const 20))
    (memory.copy (i64.add (local.get $at) (i64.const 4)) (local.get $at) (i64.const 10))
    (memory.init $d (local.get $at) (i32.const 1) (i32.const 4))
    (i64.add (memory.grow (local.get $pages)) (i64.add (memory.size) (i64.load (local.get $at)))))

  (func (export "table") (param $n i64) (result i64)
    (table.fill $t (i64.const 2) (ref.func $f) (i64.const 2))
    (table.copy $t $t (i64.const 0) (i64.const 1) (i64.const 2))
    (table.init $t $passive (i64.const 1) (i32.const 0) (i32.const 2))
    (table.set $t (i64.const 3) (table.get $t (i64.const 0)))
    (drop (call_indirect $t (result i32) (local.get $n)))
    (i64.add (table.grow $t (ref.null func) (local.get $n)) (table.size $t))))
