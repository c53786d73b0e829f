(module
  (type $binary (func (param i32 i32) (result i32)))
  (type $unary (func (param i32) (result i32)))
  (table $operators 8 funcref)
  (elem (i32.const 0) $add $subtract $multiply $negate $power)
  (func $add (type $binary) (i32.add (local.get 0) (local.get 1)))
  (func $subtract (type $binary) (i32.sub (local.get 0) (local.get 1)))
  (func $multiply (type $binary) (i32.mul (local.get 0) (local.get 1)))
  (func $negate (type $unary) (i32.sub (i32.const 0) (local.get 0)))
  (func $power (type $binary) (local $result i32)
    (local.set $result (i32.const 1))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get 1)))
        (local.set $result
          (call_indirect (type $binary)
            (local.get $result) (local.get 0) (i32.const 2)))
        (local.set 1 (i32.sub (local.get 1) (i32.const 1)))
        (br $next)))
    (local.get $result))
  (func (export "apply") (param $operator i32) (param $left i32) (param $right i32) (result i32)
    (call_indirect (type $binary)
      (local.get $left) (local.get $right) (local.get $operator)))
  (func (export "fold") (param $rounds i32) (result i32) (local $value i32)
    (loop $next
      (local.set $value
        (call_indirect (type $binary)
          (local.get $value) (local.get $rounds)
          (i32.rem_u (local.get $rounds) (i32.const 3))))
      (local.set $rounds (i32.sub (local.get $rounds) (i32.const 1)))
      (br_if $next (local.get $rounds)))
    (local.get $value)))
