#include "tests/contracts/cpu_worlds.hpp"

#include "harness/device/slowed.hpp"

namespace lockstep {
namespace {

WorldCase cpu_case(int ranks, cpu::Order order, double slow_factor = 0) {
  const std::string slowed = slow_factor > 0 ? fmt::format("_slowed_by_{:.0f}", slow_factor) : "";
  return {.name = fmt::format("{}_ranks_{}{}", ranks, order == cpu::Order::at_once ? "at_once" : "deferred", slowed),
          .ranks = ranks,
          .make = [=](std::size_t capacity, Seconds deadline) {
            return open_cpu(ranks, order, slow_factor, capacity, deadline);
          }};
}

}  // namespace

World open_cpu(int ranks, cpu::Order order, double slow_factor, std::size_t capacity, Seconds deadline) {
  World world = cpu::open_world({.ranks = ranks, .capacity = capacity, .order = order, .deadline = deadline});
  if (slow_factor > 0)
    for (auto& rank : world.ranks) slow_down(*rank, slow_factor);
  return world;
}

std::vector<WorldCase> all_worlds() {
  std::vector<WorldCase> worlds;
  for (const int ranks : {1, 2, 3, 4, 7, 8})
    for (const cpu::Order order : {cpu::Order::at_once, cpu::Order::deferred}) worlds.push_back(cpu_case(ranks, order));
  for (const double slow_factor : {1.0, 2.0})
    for (const cpu::Order order : {cpu::Order::at_once, cpu::Order::deferred})
      worlds.push_back(cpu_case(3, order, slow_factor));
  return worlds;
}

}  // namespace lockstep
