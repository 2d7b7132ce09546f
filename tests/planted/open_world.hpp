// The production function behind the planted one; the linker gives both their names (--wrap).
#pragma once

#include "harness/device/cpu/cpu_world.hpp"

extern "C" lockstep::World real_open_world(const lockstep::cpu::WorldOptions& options) asm(
    "__real__ZN8lockstep3cpu10open_worldERKNS0_12WorldOptionsE");
extern "C" lockstep::World planted_open_world(const lockstep::cpu::WorldOptions& options) asm(
    "__wrap__ZN8lockstep3cpu10open_worldERKNS0_12WorldOptionsE");
