// The GPUs of the machine, asked through NVIDIA's management library where it is installed.
#pragma once

#include <string>

#include "harness/base/units.hpp"
#include "harness/run/environment/nvml.hpp"
#include "harness/run/result_json.hpp"

namespace lockstep {

/// What NVML says, in three objects of scalars and one list:
///   gpus        one object for each GPU, in NVML's order: what it is and how it is set up; null where that GPU, driver
///   or
///               permission does not say. `connections` is its row of the matrix of `nvidia-smi topo -m`, e.g. "X NV12
///               SYS": NVn are n NVLinks, directly or through switches; else what the path over PCIe goes through.
///   software    versions of the driver and of the newest CUDA that it can run
///   conditions  the clocks of this moment
/// Not cuBLAS and NCCL, which are for the CUDA backend to ask (environment/cuda.hpp): to load them only for their
/// versions costs a process some 150 MiB and up to seconds.
Json read_gpus(const nvml::Library& library);

/// The same in a process of its own, so that a driver that crashes or hangs costs no more than `patience`, and nothing
/// of it stays in this one; the caller must have one thread. Without that library the list is empty and nothing else is
/// said; when it failed, software.gpu_error says how.
Json inquire_gpus(const std::string& library = "libnvidia-ml.so.1", Seconds patience = Seconds{10});

}  // namespace lockstep
