// What a crash of the machine can leave on a disk. POSIX promises only what was fsynced: of all else, any block that
// was written, any growth of a file and any change of a directory may have reached the disk or not, in any order.
#pragma once

#include <functional>
#include <span>

#include "tests/doubles/memory_files.hpp"

namespace lockstep::testing {

/// Calls `visit` with every disk that a crash after these events can leave, on a disk that was `before`. A disk may
/// come more than once. 2^n disks for n events that no fsync covers: at most 24 of them.
void for_each_crash_state(const Disk& before, std::span<const FileEvent> events,
                          const std::function<void(const Disk&)>& visit);

/// The same after each prefix of the events; every disk once. `visit` hears whether all events had happened.
void for_each_crash_state_on_the_way(const Disk& before, std::span<const FileEvent> events,
                                     const std::function<void(const Disk&, bool all_done)>& visit);

}  // namespace lockstep::testing
