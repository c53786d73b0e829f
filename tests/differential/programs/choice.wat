(module
  (func (export "clamp") (param $value i32) (param $low i32) (param $high i32) (result i32)
    (select
      (local.get $low)
      (select
        (local.get $high)
        (local.get $value)
        (i32.gt_s (local.get $value) (local.get $high)))
      (i32.lt_s (local.get $value) (local.get $low))))
  (func (export "grade") (param $points i32) (result i32)
    (if (result i32) (i32.lt_u (local.get $points) (i32.const 50))
      (then
        (if (result i32) (i32.lt_u (local.get $points) (i32.const 25))
          (then (i32.const 5))
          (else
            (if (i32.eq (local.get $points) (i32.const 42)) (then (return (i32.const 0))))
            (i32.const 4))))
      (else
        (if (result i32) (i32.ge_u (local.get $points) (i32.const 90))
          (then (i32.const 1))
          (else
            (block $out (result i32)
              (drop (br_if $out (i32.const 2) (i32.ge_u (local.get $points) (i32.const 75))))
              (i32.const 3)))))))
  (func (export "typed") (param $which i32) (result f64)
    (select (result f64) (f64.const nan:0x123456789) (f64.const -0) (local.get $which)))
  (func (export "nothing") (param $deep i32)
    nop nop
    (block (block (block (br_if 2 (local.get $deep)) (nop)) (br 1)) (unreachable))
    (if (local.get $deep) (then) (else (nop)))))
