#include "harness/measure/rank_tests.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <utility>

#include "harness/base/error.hpp"

namespace lockstep {
namespace {

constexpr std::size_t max_exact_values = 64;  // of a side: U's distribution takes 64^4 additions at most
constexpr double max_partitions = 200'000;

double choose(std::size_t n, std::size_t k) {
  double result = 1;
  for (std::size_t i = 1; i <= k; ++i) result = result * static_cast<double>(n - k + i) / static_cast<double>(i);
  return result;
}

/// Ranks from 1, doubled so that the mean rank of ties is an integer.
struct Ranks {
  std::vector<std::size_t> doubled;  // in the order of the values
  std::vector<std::size_t> ties;     // sizes of the groups of equal values
};

Ranks ranks_of(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return values[i]; });
  Ranks ranks{.doubled = std::vector<std::size_t>(values.size()), .ties = {}};
  for (std::size_t first = 0; first < order.size();) {
    std::size_t end = first;
    while (end < order.size() && values[order[end]] == values[order[first]]) ++end;
    for (std::size_t i = first; i < end; ++i) ranks.doubled[order[i]] = first + 1 + end;
    ranks.ties.push_back(end - first);
    first = end;
  }
  return ranks;
}

/// P(Z ≥ z) of a standard normal, twice.
double two_sided(double z) { return std::min(1.0, std::erfc(z / std::sqrt(2.0))); }

/// The two-sided p-value of a sum: the share of all equally likely sums (`ways[s]` of them are s) that are at least as
/// far from their mean.
double share_as_far(const std::vector<double>& ways, std::size_t sum, double mean) {
  const double distance = std::fabs(static_cast<double>(sum) - mean);
  double all = 0, far = 0;
  for (std::size_t s = 0; s < ways.size(); ++s) {
    all += ways[s];
    if (std::fabs(static_cast<double>(s) - mean) >= distance) far += ways[s];
  }
  return far / all;
}

/// How many of the ways to choose n of the ranks have which sum: a knapsack over the ranks.
std::vector<double> ways_to_choose(std::vector<std::size_t> ranks, std::size_t n) {
  std::ranges::sort(ranks);
  const std::size_t most = std::accumulate(ranks.end() - static_cast<std::ptrdiff_t>(n), ranks.end(), std::size_t{0});
  std::vector<std::vector<double>> ways(n + 1, std::vector<double>(most + 1, 0));
  ways[0][0] = 1;
  for (const std::size_t rank : ranks)
    for (std::size_t taken = n; taken > 0; --taken)
      for (std::size_t sum = most; sum + 1 > rank; --sum) ways[taken][sum] += ways[taken - 1][sum - rank];
  return ways[n];
}

double normal_mann_whitney_p(const Ranks& ranks, std::size_t n, std::size_t m, double doubled_sum) {
  const auto a = static_cast<double>(n), b = static_cast<double>(m), all = a + b;
  double ties = 0;
  for (const std::size_t size : ranks.ties) ties += std::pow(static_cast<double>(size), 3) - static_cast<double>(size);
  const double variance = a * b / 12 * ((all + 1) - ties / (all * (all - 1)));
  if (variance <= 0) return 1;  // all values are equal
  const double distance = std::fabs(doubled_sum / 2 - a * (all + 1) / 2);
  return two_sided(std::max(0.0, distance - 0.5) / std::sqrt(variance));
}

}  // namespace

double mann_whitney_p(std::span<const double> a, std::span<const double> b) { return MannWhitneyTest{}.p(a, b); }

double MannWhitneyTest::p(std::span<const double> a, std::span<const double> b) {
  require(!a.empty() && !b.empty(), "a rank test of {} and {} values", a.size(), b.size());
  std::vector<double> values{a.begin(), a.end()};
  values.insert(values.end(), b.begin(), b.end());
  const Ranks ranks = ranks_of(values);
  const auto end_of_a = ranks.doubled.begin() + static_cast<std::ptrdiff_t>(a.size());
  const std::size_t doubled_sum = std::accumulate(ranks.doubled.begin(), end_of_a, std::size_t{0});
  const bool has_ties = ranks.ties.size() < values.size();
  const bool is_exact =
      has_ties ? choose(values.size(), a.size()) <= max_partitions : std::max(a.size(), b.size()) <= max_exact_values;
  if (!is_exact) return normal_mann_whitney_p(ranks, a.size(), b.size(), static_cast<double>(doubled_sum));
  const double doubled_mean = static_cast<double>(a.size() * (values.size() + 1));
  if (has_ties) return share_as_far(ways_to_choose(ranks.doubled, a.size()), doubled_sum, doubled_mean);
  std::vector<double>& ways = ways_[{a.size(), b.size()}];
  if (ways.empty()) {
    std::vector<std::size_t> plain(values.size());
    std::iota(plain.begin(), plain.end(), std::size_t{1});
    ways = ways_to_choose(std::move(plain), a.size());
  }
  return share_as_far(ways, doubled_sum / 2, doubled_mean / 2);
}

double smallest_mann_whitney_p(std::size_t n, std::size_t m) { return std::min(1.0, 2 / choose(n + m, n)); }

double signed_rank_p(std::span<const double> differences) {
  std::vector<double> sizes;
  std::vector<bool> is_positive;
  for (const double difference : differences) {
    if (difference == 0) continue;
    sizes.push_back(std::fabs(difference));
    is_positive.push_back(difference > 0);
  }
  if (sizes.empty()) return 1;
  const Ranks ranks = ranks_of(sizes);
  std::size_t sum = 0, most = 0;
  double squares = 0;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    most += ranks.doubled[i];
    if (is_positive[i]) sum += ranks.doubled[i];
    squares += static_cast<double>(ranks.doubled[i]) * static_cast<double>(ranks.doubled[i]);
  }
  if (sizes.size() > max_exact_values) {
    const double distance = std::fabs(static_cast<double>(sum) - static_cast<double>(most) / 2);
    return two_sided(std::max(0.0, distance - 1) / std::sqrt(squares / 4));
  }
  // Each rank has either sign with the same probability.
  std::vector<double> ways(most + 1, 0);
  ways[0] = 1;
  for (const std::size_t rank : ranks.doubled)
    for (std::size_t total = most; total + 1 > rank; --total) ways[total] += ways[total - rank];
  return share_as_far(ways, sum, static_cast<double>(most) / 2);
}

double smallest_signed_rank_p(std::size_t n) { return std::min(1.0, 2 * std::pow(0.5, static_cast<double>(n))); }

std::vector<double> benjamini_hochberg(std::span<const double> p) {
  std::vector<std::size_t> order(p.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, std::ranges::greater{}, [&](std::size_t i) { return p[i]; });
  std::vector<double> adjusted(p.size());
  double least = 1;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const auto rank = static_cast<double>(order.size() - i);
    least = std::min(least, p[order[i]] * static_cast<double>(p.size()) / rank);
    adjusted[order[i]] = least;
  }
  return adjusted;
}

}  // namespace lockstep
