(module
  (func (export "sum") (param $n i32) (result i64) (local $total i64)
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $n)))
        (local.set $total (i64.add (local.get $total) (i64.extend_i32_u (local.get $n))))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br $next)))
    (local.get $total))
  (func (export "collatz") (param $n i64) (result i32) (local $steps i32)
    (loop $next
      (if (i64.gt_u (local.get $n) (i64.const 1))
        (then
          (if (i64.eqz (i64.and (local.get $n) (i64.const 1)))
            (then (local.set $n (i64.shr_u (local.get $n) (i64.const 1))))
            (else
              (local.set $n
                (i64.add (i64.mul (local.get $n) (i64.const 3)) (i64.const 1)))))
          (local.set $steps (i32.add (local.get $steps) (i32.const 1)))
          (br $next))))
    (local.get $steps))
  (func (export "triangle") (param $rows i32) (result i32)
    (local $row i32) (local $column i32) (local $cells i32)
    (block $out
      (loop $outer
        (br_if $out (i32.ge_s (local.get $row) (local.get $rows)))
        (local.set $column (i32.const 0))
        (loop $inner
          (local.set $cells (i32.add (local.get $cells) (i32.const 1)))
          (local.set $column (i32.add (local.get $column) (i32.const 1)))
          (br_if $inner (i32.le_s (local.get $column) (local.get $row)))
          (br_if $out (i32.gt_s (local.get $cells) (i32.const 500))))
        (local.set $row (i32.add (local.get $row) (i32.const 1)))
        (br $outer)))
    (local.get $cells)))
