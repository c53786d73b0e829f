(module
  (type $step (func (param i32 i32) (result i32)))
  (table $steps 2 funcref)
  (elem (table $steps) (i32.const 0) func $even $odd)
  (global $turns (export "turns") (mut i32) (i32.const 0))

  (func $sum (export "sum") (param $n i32) (param $total i32) (result i32)
    (if (i32.eqz (local.get $n)) (then (return (local.get $total))))
    (return_call $sum (i32.sub (local.get $n) (i32.const 1))
      (i32.add (local.get $total) (local.get $n))))

  (func $even (export "even") (type $step)
    (local $more i64)
    (global.set $turns (i32.add (global.get $turns) (i32.const 1)))
    (if (i32.eqz (local.get 0)) (then (return (local.get 1))))
    (return_call_indirect $steps (type $step) (i32.sub (local.get 0) (i32.const 1))
      (i32.add (local.get 1) (i32.const 10)) (i32.const 1)))

  (func $odd (type $step)
    (if (i32.eqz (local.get 0)) (then (return (i32.const -1))))
    (return_call_ref $step (i32.sub (local.get 0) (i32.const 1)) (local.get 1)
      (ref.func $even)))

  ;; Behind a call there is nothing left to do, but below it there is.
  (func (export "twice") (param i32) (result i32)
    (i32.add (call $sum (local.get 0) (i32.const 0)) (call $even (local.get 0) (i32.const 1))))

  (func (export "outside") (param i32) (result i32)
    (return_call_indirect $steps (type $step) (i32.const 1) (i32.const 2) (local.get 0))))
