(module
  (memory (export "memory") 1)
  (func $at (param $index i32) (result i32) (i32.mul (local.get $index) (i32.const 4)))
  (func $sort (param $low i32) (param $high i32)
    (local $left i32) (local $right i32) (local $pivot i32) (local $swap i32)
    (if (i32.ge_s (local.get $low) (local.get $high)) (then (return)))
    (local.set $pivot (i32.load (call $at
      (i32.shr_u (i32.add (local.get $low) (local.get $high)) (i32.const 1)))))
    (local.set $left (local.get $low))
    (local.set $right (local.get $high))
    (loop $partition
      (loop $up
        (if (i32.lt_u (i32.load (call $at (local.get $left))) (local.get $pivot))
          (then (local.set $left (i32.add (local.get $left) (i32.const 1))) (br $up))))
      (loop $down
        (if (i32.gt_u (i32.load (call $at (local.get $right))) (local.get $pivot))
          (then (local.set $right (i32.sub (local.get $right) (i32.const 1))) (br $down))))
      (if (i32.le_s (local.get $left) (local.get $right))
        (then
          (local.set $swap (i32.load (call $at (local.get $left))))
          (i32.store (call $at (local.get $left)) (i32.load (call $at (local.get $right))))
          (i32.store (call $at (local.get $right)) (local.get $swap))
          (local.set $left (i32.add (local.get $left) (i32.const 1)))
          (local.set $right (i32.sub (local.get $right) (i32.const 1)))))
      (br_if $partition (i32.le_s (local.get $left) (local.get $right))))
    (call $sort (local.get $low) (local.get $right))
    (call $sort (local.get $left) (local.get $high)))
  (func (export "sorted") (param $count i32) (param $seed i32) (result i32) (local $index i32)
    (loop $next
      (local.set $seed
        (i32.add (i32.mul (local.get $seed) (i32.const 1664525)) (i32.const 1013904223)))
      (i32.store (call $at (local.get $index)) (local.get $seed))
      (br_if $next (i32.lt_u
        (local.tee $index (i32.add (local.get $index) (i32.const 1)))
        (local.get $count))))
    (call $sort (i32.const 0) (i32.sub (local.get $count) (i32.const 1)))
    (i32.load (i32.const 0))))
