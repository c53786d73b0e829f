(module
  (; A machine of five instructions, which walks a program in memory. ;)
  (memory (export "memory") 1)
  (data (i32.const 0) "\01\03\02\01\01\04\02\02\05\00")
  (func (export "run") (param $accumulator i32) (param $turns i32) (result i32)
    (local $pc i32)
    (block $halt
      (loop $next
        (br_if $halt (i32.eqz (local.get $turns)))
        (local.set $turns (i32.sub (local.get $turns) (i32.const 1)))
        (block $advance
          (block $restart
            (block $double
              (block $decrement
                (block $increment
                  (br_table $halt $increment $decrement $double $advance $restart $halt
                    (i32.load8_u (local.get $pc))))
                (local.set $accumulator (i32.add (local.get $accumulator) (i32.const 1)))
                (br $advance))
              (local.set $accumulator (i32.sub (local.get $accumulator) (i32.const 1)))
              (br $advance))
            (local.set $accumulator (i32.shl (local.get $accumulator) (i32.const 1)))
            (br $advance))
          (local.set $pc (i32.const 0))
          (br $next))
        (local.set $pc (i32.add (local.get $pc) (i32.const 1)))
        (br $next)))
    (local.get $accumulator))
  (func (export "name_length") (param $weekday i32) (result i32)
    (block $nine (block $eight (block $seven (block $six
      (br_table $six $six $seven $nine $eight $six $eight (local.get $weekday)))
      (return (i32.const 6))) (return (i32.const 7))) (return (i32.const 8)))
    (i32.const 9))
  (func (export "carried") (param $index i32) (result i32)
    (block $outer (result i32)
      (i32.add (i32.const 100)
        (block $inner (result i32)
          (br_table $inner $outer $inner (i32.const 7) (local.get $index)))))))
