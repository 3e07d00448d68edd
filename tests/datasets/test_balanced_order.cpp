#include "datasets/balanced_order.h"

#include <cmath>
#include <map>
#include <set>

#include "catch.h"

using namespace espalier::datasets;

namespace {

/// 80 samples of class 0, 15 of class 1, 5 of class 2, none of class 3.
class Skewed : public Dataset {
 public:
  const std::vector<std::int64_t>& shape() const override { return shape_; }
  const std::vector<std::string>& classes() const override { return classes_; }
  std::int64_t size(Split) const override { return 100; }
  std::int64_t label(Split, std::int64_t index) const override { return index < 80 ? 0 : index < 95 ? 1 : 2; }
  void features(Split, std::int64_t index, View, std::span<float> out) const override {
    out[0] = static_cast<float>(index);
  }

 private:
  std::vector<std::int64_t> shape_ = {1, 1, 1};
  std::vector<std::string> classes_ = {"a", "b", "c", "d"};
};

std::map<std::int64_t, int> counts(const std::vector<std::int64_t>& order) {
  const Skewed data;
  std::map<std::int64_t, int> found;
  for (const auto index : order) ++found[data.label(Split::train, index)];
  return found;
}

/// Of 100 pictures all but the last 4 hold class 0; 20 hold class 1 as well, 5 class 2 as well, and none class 3.
class Pictures final : public Skewed {
 public:
  std::vector<std::int64_t> classes_of(Split, std::int64_t index) const override {
    if (index >= 96) return {};
    if (index < 5) return {0, 1, 2};
    if (index < 20) return {0, 1};
    return {0};
  }
};

}  // namespace

TEST_CASE("balanced order: a picture comes as often as its rarest class asks for") {
  const Pictures data;
  // Factors n^-0.5: 5 of 0.447, 15 of 0.224, 80 of 0.102, one without boxes like the frequent ones; 100 draws
  // over 13.76.
  const double sum = 5 / std::sqrt(5.0) + 15 / std::sqrt(20.0) + 80 / std::sqrt(96.0);
  std::map<std::int64_t, double> times;
  constexpr int epochs = 400;
  for (std::uint64_t epoch = 0; epoch < epochs; ++epoch) {
    const auto order = balanced_order(data, Split::train, 0.5, 1, epoch);
    REQUIRE(order.size() == 100);
    std::map<std::int64_t, int> of_epoch;
    for (const auto index : order) ++of_epoch[index], times[index] += 1.0 / epochs;
    for (std::int64_t i = 0; i < 5; ++i) CHECK((of_epoch[i] == 3 || of_epoch[i] == 4));
  }
  const auto due = [&](double samples) { return 100 / std::sqrt(samples) / sum; };
  for (const auto& [index, often] : times)
    CHECK(often == Approx(due(index < 5 ? 5 : index < 20 ? 20 : 96)).margin(0.1));
  CHECK(times.size() == 100);
  CHECK(balanced_order(data, Split::train, 0.5, 1, 3) == balanced_order(data, Split::train, 0.5, 1, 3));
  CHECK(balanced_order(data, Split::train, 0.5, 1, 3) != balanced_order(data, Split::train, 0.5, 1, 4));
}

TEST_CASE("balanced order: pictures without any box come once each") {
  struct Empty : Skewed {
    std::vector<std::int64_t> classes_of(Split, std::int64_t) const override { return {}; }
  };
  const auto order = balanced_order(Empty(), Split::train, 1, 1, 0);
  CHECK(std::set<std::int64_t>(order.begin(), order.end()).size() == 100);
}

TEST_CASE("balanced order: shares follow the balance, and add up") {
  const Skewed data;
  const auto of = [&](double balance) { return counts(balanced_order(data, Split::train, balance, 1, 0)); };
  CHECK(of(0) == std::map<std::int64_t, int>{{0, 80}, {1, 15}, {2, 5}});
  CHECK(of(1) == std::map<std::int64_t, int>{{0, 34}, {1, 33}, {2, 33}});
  const auto half = of(0.5);  // in proportion to the roots 8.94, 3.87, 2.24
  CHECK(half == std::map<std::int64_t, int>{{0, 59}, {1, 26}, {2, 15}});
}

TEST_CASE("balanced order: rare samples come equally often, frequent ones at most once, others in other epochs") {
  const Skewed data;
  const auto order = balanced_order(data, Split::train, 1, 1, 0);
  std::map<std::int64_t, int> times;
  for (const auto index : order) ++times[index];
  for (const auto& [index, count] : times) {
    if (index < 80) CHECK(count == 1);
    if (index >= 95) CHECK((count == 6 || count == 7));
  }
  CHECK(order == balanced_order(data, Split::train, 1, 1, 0));
  CHECK(order != balanced_order(data, Split::train, 1, 1, 1));
  CHECK(order != balanced_order(data, Split::train, 1, 2, 0));
  std::set<std::int64_t> seen;
  for (std::uint64_t epoch = 0; epoch < 12; ++epoch)
    for (const auto index : balanced_order(data, Split::train, 1, 1, epoch)) seen.insert(index);
  CHECK(seen.size() > 95);
}

TEST_CASE("balanced order: the loader draws by it, whatever the workers") {
  const Skewed data;
  LoaderOptions options;
  options.batch_size = 10;
  options.shuffle = true;
  options.class_balance = 1;
  const auto samples = [&](int workers) {
    options.workers = workers;
    Loader loader(data, options);
    std::vector<std::int64_t> all;
    for (Batch batch; loader.next(batch);) all.insert(all.end(), batch.samples.begin(), batch.samples.end());
    return all;
  };
  CHECK(samples(0) == balanced_order(data, Split::train, 1, 1, 0));
  CHECK(samples(0) == samples(2));
  const auto whole = samples(1);
  options.first_batch = 3;  // a resumed epoch
  CHECK(samples(2) == std::vector<std::int64_t>(whole.begin() + 30, whole.end()));
}
