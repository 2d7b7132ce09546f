// Tests of "no difference" that look at ranks only: no assumption on the distribution of times.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <utility>
#include <vector>

namespace lockstep {

/// Two-sided p-value of the Mann-Whitney U test (Mann and Whitney, Ann. Math. Stat. 18, 1947): the probability, were
/// both samples of one distribution, of ranks at least as far from even. Exact without ties up to 64 values a side and
/// with ties up to 200,000 ways to part the values; else the normal approximation with corrections for ties and
/// continuity. Neither side may be empty.
double mann_whitney_p(std::span<const double> a, std::span<const double> b);

/// The same for many pairs of samples: the distribution without ties is computed once for each pair of sizes.
class MannWhitneyTest {
 public:
  double p(std::span<const double> a, std::span<const double> b);

 private:
  std::map<std::pair<std::size_t, std::size_t>, std::vector<double>> ways_;  // without ties, by rank sum
};

/// The smallest p-value that so many values can reach, 2/C(n+m, n): when even that is above the level, the test cannot
/// find anything.
double smallest_mann_whitney_p(std::size_t n, std::size_t m);

/// Two-sided p-value of Wilcoxon's signed-rank test that the differences are symmetric about 0 (Wilcoxon, Biometrics
/// Bull. 1, 1945). Zeros are left out; without any other value p is 1. Exact up to 64 values, ties included; else the
/// normal approximation.
double signed_rank_p(std::span<const double> differences);

/// 2/2^n.
double smallest_signed_rank_p(std::size_t n);

/// Benjamini and Hochberg's adjusted p-values (J. R. Stat. Soc. B 57, 1995), in the order of `p`: rejecting those of at
/// most `level` keeps the expected share of false rejections among all rejections at `level`.
std::vector<double> benjamini_hochberg(std::span<const double> p);

}  // namespace lockstep
