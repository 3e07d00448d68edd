#include "nn/activation_kernels.h"

#include <algorithm>
#include <cmath>

#include "catch.h"

using namespace espalier;

TEST_CASE("dropout's factors are 0 with probability p and keep the mean; a sample's do not depend on the batch") {
  const std::int64_t samples = 50, elements = 4001;
  for (const double p : {0.2, 0.5, 0.9}) {
    std::vector<float> factors(samples * elements), fewer(10 * elements);
    nn::dropout_factors(factors.data(), samples, elements, p, 1, "here", 3);
    nn::dropout_factors(fewer.data(), 10, elements, p, 1, "here", 3);
    CHECK(std::equal(fewer.begin(), fewer.end(), factors.begin()));
    double zeros = 0, sum = 0, pairs = 0;
    for (std::size_t i = 0; i < factors.size(); ++i) {
      zeros += factors[i] == 0;
      sum += factors[i];
      pairs += i > 0 && factors[i] == 0 && factors[i - 1] == 0;
    }
    const auto n = static_cast<double>(factors.size());
    const double error = std::sqrt(p * (1 - p) / n);
    CHECK(std::abs(zeros / n - p) < 4 * error);
    CHECK(std::abs(sum / n - 1) < 4 * error / (1 - p));
    CHECK(std::abs(pairs / n - p * p) < 8 * error);  // neighbours are independent
  }
}

TEST_CASE("dropout's factors differ between steps, layers and samples") {
  const std::int64_t elements = 1000;
  const auto of = [&](std::uint64_t step, const char* layer) {
    std::vector<float> factors(2 * elements);
    nn::dropout_factors(factors.data(), 2, elements, 0.5, 1, layer, step);
    return factors;
  };
  CHECK((of(1, "a") == of(1, "a")));
  CHECK((of(1, "a") != of(2, "a")));
  CHECK((of(1, "a") != of(1, "b")));
  const auto both = of(1, "a");
  CHECK_FALSE(std::equal(both.begin(), both.begin() + elements, both.begin() + elements));
}
