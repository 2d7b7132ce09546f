// A training on one device whose steps are a graph, captured in the first one.
#pragma once

namespace fakecuda_tests {

/// Throws on an error of CUDA. Faults are planted by name (trainer.hpp).
void train_by_graph();

}  // namespace fakecuda_tests
