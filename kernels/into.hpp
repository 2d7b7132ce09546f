#pragma once

namespace lockstep::kernels {

/// What a result does to the array that receives it: replace its values, or be added to them.
enum class Into { overwrite, add };

}  // namespace lockstep::kernels
