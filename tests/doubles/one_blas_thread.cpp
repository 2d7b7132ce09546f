#include <gtest/gtest.h>

#include "kernels/blas.hpp"

namespace lockstep::testing {
namespace {

/// Tests that train do as main does: every product in its caller's thread. OpenBLAS's own threads would be counted by
/// tests that fork, take the cores of the ranks, and hide their waits from ThreadSanitizer, which then sees races.
class OneBlasThread : public ::testing::Environment {
 public:
  void SetUp() override { kernels::use_one_thread_per_caller(); }
};

[[maybe_unused]] const auto* const one_blas_thread = ::testing::AddGlobalTestEnvironment(new OneBlasThread);

}  // namespace
}  // namespace lockstep::testing
