#include "tests/fakecuda/engine_bodies.cuh"

#include "tests/doubles/fakecuda/registration.hpp"

namespace lockstep::kernels::emulated {

LOCKSTEP_EMULATE(scale);
LOCKSTEP_EMULATE(reduce);
LOCKSTEP_EMULATE(reduce_by_warps);
LOCKSTEP_EMULATE(transpose);
LOCKSTEP_EMULATE(reverse_in_warp);
LOCKSTEP_EMULATE(count_negative);
LOCKSTEP_EMULATE(copy_bytes);
LOCKSTEP_EMULATE(barriers);
LOCKSTEP_EMULATE(shuffles);

LOCKSTEP_EMULATE(reduce_without_barrier);
LOCKSTEP_EMULATE(scale_one_too_many);
LOCKSTEP_EMULATE(read_of_unwritten_shared);
LOCKSTEP_EMULATE(same_value_race);
LOCKSTEP_EMULATE(blocks_share_a_cell);
LOCKSTEP_EMULATE(threads_share_a_cell);
LOCKSTEP_EMULATE(return_before_barrier);
LOCKSTEP_EMULATE(two_barriers);
LOCKSTEP_EMULATE(part_of_a_warp_shuffles);
LOCKSTEP_EMULATE(reverse_in_warp_without_sync);
LOCKSTEP_EMULATE(count_without_atomic);
LOCKSTEP_EMULATE(write_through_host_pointer);

}  // namespace lockstep::kernels::emulated
