// Events of virtual devices: a time stamp that threads can wait for.
#pragma once

#include <atomic>
#include <chrono>
#include <exception>

#include "harness/device/event.hpp"

namespace lockstep::cpu {

using Clock = std::chrono::steady_clock;

class CpuEvent : public Event::State {
 public:
  /// Reached now or, with a failure, never properly: waiters get the failure.
  void complete(std::exception_ptr failure = nullptr) {
    at_ = Clock::now();
    failure_ = std::move(failure);
    reached_.store(true, std::memory_order_release);
    reached_.notify_all();
  }
  void wait() const override {
    block();
    if (failure_) std::rethrow_exception(failure_);
  }
  [[nodiscard]] bool is_reached() const noexcept override { return reached_.load(std::memory_order_acquire); }
  [[nodiscard]] Seconds since(const State& earlier) const override {
    const auto& start = static_cast<const CpuEvent&>(earlier);
    start.block();
    block();
    return at_ - start.at_;
  }

 private:
  void block() const { reached_.wait(false, std::memory_order_acquire); }

  std::atomic<bool> reached_{false};
  Clock::time_point at_;
  std::exception_ptr failure_;
};

}  // namespace lockstep::cpu
