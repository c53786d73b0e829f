(module
  ;; The product is finite and greater than any f64; fused with an infinity the result is that
  ;; infinity. An infinite product in between would make it a NaN.
  (func (export "f64_lanes") (result v128)
    (f64x2.relaxed_madd
      (v128.const f64x2 0x1p127 -0x1p1000)
      (v128.const f64x2 0x1.fffffffffffffp1023 0x1p1000)
      (v128.const f64x2 -inf inf)))
  (func (export "negated") (result v128)
    (f64x2.relaxed_nmadd
      (v128.const f64x2 0x1p127 -0x1p1000)
      (v128.const f64x2 0x1.fffffffffffffp1023 0x1p1000)
      (v128.const f64x2 inf nan:0x4000000000001)))
  (func (export "f32_lanes") (result v128)
    (f32x4.relaxed_madd
      (v128.const f32x4 0x1p127 -0x1p127 0x1p127 0x1p127)
      (v128.const f32x4 0x1p127 0x1p127 0x1p127 0x1p127)
      (v128.const f32x4 -inf inf nan:0x200001 -0x1p127))))
