(module
  (type $unary (func (param i32) (result i32)))
  (type $none (func))
  (table $t 3 (ref null $unary))
  (elem (table $t) (i32.const 0) (ref null $unary)
    (ref.func $double) (ref.func $square) (ref.null $unary))
  (elem declare func $double $square)
  (global $last (mut (ref null $unary)) (ref.null $unary))

  (func $double (type $unary) (i32.shl (local.get 0) (i32.const 1)))
  (func $square (type $unary) (i32.mul (local.get 0) (local.get 0)))

  (func (export "apply") (param $which i32) (param $x i32) (result i32)
    (local $f (ref $unary))
    (block $null
      (local.set $f (br_on_null $null (table.get $t (local.get $which))))
      (global.set $last (local.get $f))
      (return (call_ref $unary (local.get $x) (local.get $f))))
    (i32.const -1))

  (func (export "last") (param $x i32) (result i32)
    (local $f (ref $unary))
    (block $found (result (ref $unary))
      (br_on_non_null $found (global.get $last))
      (return (i32.const -2)))
    (local.set $f)
    (call_ref $unary
      (call_ref $unary (local.get $x) (local.get $f))
      (ref.as_non_null (global.get $last))))

  (func (export "null") (param i32) (result i32)
    (call_ref $unary (local.get 0) (ref.null $unary))))
