from __future__ import annotations

from spectest import spectest

from wasm_vm import Function, Global, Memory, Table


def test_the_host_module_has_what_the_scripts_import() -> None:
    module = spectest()
    signatures = {
        name: [type_.name for type_ in item.type.parameters]
        for name, item in module.items()
        if isinstance(item, Function)
    }
    assert signatures == {
        "print": [],
        "print_i32": ["i32"],
        "print_i64": ["i64"],
        "print_f32": ["f32"],
        "print_f64": ["f64"],
        "print_i32_f32": ["i32", "f32"],
        "print_f64_f64": ["f64", "f64"],
    }
    globals_ = {
        name: (str(item.type), item.bits)
        for name, item in module.items()
        if isinstance(item, Global)
    }
    assert globals_ == {
        "global_i32": ("global i32", 666),
        "global_i64": ("global i64", 666),
        "global_f32": ("global f32", 0x4426_A666),
        "global_f64": ("global f64", 0x4084_D4CC_CCCC_CCCD),
    }
    table, memory = module["table"], module["memory"]
    assert isinstance(table, Table)
    assert isinstance(memory, Memory)
    assert (str(table.type), str(memory.type)) == ("table 10 20 funcref", "memory 1 2")


def test_each_script_has_its_own_state() -> None:
    first, second = spectest()["memory"], spectest()["memory"]
    assert isinstance(first, Memory)
    assert isinstance(second, Memory)
    first.write(0, b"x")
    assert second.read(0, 1) == b"\0"
