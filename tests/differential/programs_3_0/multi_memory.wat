(module
  (memory $a (export "memory") 1 2)
  (memory $b (export "other") 1 4)
  (memory $c (export "wide") i64 1)
  (data $d "some bytes to copy")
  (data (memory $b) (i32.const 100) "in b")

  (func (export "move") (param $at i32) (param $count i32) (result i32)
    (memory.init $b $d (local.get $at) (i32.const 0) (i32.const 18))
    (memory.copy $a $b (local.get $at) (local.get $at) (local.get $count))
    (memory.copy $c $a (i64.const 7) (local.get $at) (local.get $count))
    (memory.copy $b $c (i32.const 100) (i64.const 8) (local.get $count))
    (memory.fill $a (local.get $at) (i32.const 0x41) (i32.const 3))
    (i32.add (i32.load $a (local.get $at))
      (i32.add (i32.load8_u $b offset=1 (local.get $at)) (i32.load16_s $c (i64.const 7)))))

  (func (export "grow") (param $pages i32) (result i32)
    (i32.store $b offset=4 (i32.const 8) (memory.grow $b (local.get $pages)))
    (i32.add (memory.size $b) (i32.load $b (i32.const 12)))))
