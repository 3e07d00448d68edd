#include <algorithm>
#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>

#include "catch.h"
#include "datasets/dataset.h"

using namespace espalier;
using namespace espalier::datasets;

namespace {

/// Features that say which sample, view and epoch they are; optionally one sample that throws, or slow ones.
class Numbers final : public Dataset {
 public:
  explicit Numbers(std::int64_t count) : count_(count) {}
  const std::vector<std::int64_t>& shape() const override { return shape_; }
  const std::vector<std::string>& classes() const override { return classes_; }
  std::int64_t size(Split) const override { return count_; }
  std::int64_t label(Split, std::int64_t index) const override { return index % 3; }
  std::string id(Split, std::int64_t index) const override { return std::to_string(index); }
  void features(Split split, std::int64_t index, View view, std::span<float> out) const override {
    if (index == throws_at) throw std::runtime_error("sample " + std::to_string(index));
    if (slow) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    ++asked;
    for (std::size_t i = 0; i < out.size(); ++i)
      out[i] = static_cast<float>(index) + 1000.0f * static_cast<float>(split) +
               (view.augmented ? 0.5f + static_cast<float>(view.epoch) : 0.0f);
  }
  std::int64_t views() const override { return 0; }
  std::vector<float> features_of_file(const std::string&) const override { return {}; }
  Json front_end() const override { return {}; }
  std::string summary() const override { return {}; }

  std::int64_t throws_at = -1;
  bool slow = false;
  mutable std::atomic<std::int64_t> asked{0};

 private:
  std::vector<std::int64_t> shape_ = {1, 2, 3};
  std::vector<std::string> classes_ = {"a", "b", "c"};
  std::int64_t count_;
};

std::vector<Batch> all_of(const Dataset& data, const LoaderOptions& options) {
  Loader loader(data, options);
  std::vector<Batch> batches;
  for (Batch batch; loader.next(batch);) batches.push_back(batch);
  return batches;
}

std::vector<std::int64_t> samples_of(const std::vector<Batch>& batches) {
  std::vector<std::int64_t> all;
  for (const auto& batch : batches) all.insert(all.end(), batch.samples.begin(), batch.samples.end());
  return all;
}

}  // namespace

TEST_CASE("loader: the count of workers changes no bit") {
  const Numbers data(1003);
  LoaderOptions options;
  options.batch_size = 10;
  options.shuffle = options.augment = true;
  options.epoch = 3;
  options.workers = 0;
  const auto expected = all_of(data, options);
  REQUIRE(expected.size() == 101);
  CHECK(expected.back().samples.size() == 3);
  for (const int workers : {1, 2, 8}) {
    options.workers = workers;
    const auto batches = all_of(data, options);
    REQUIRE(batches.size() == expected.size());
    for (std::size_t i = 0; i < batches.size(); ++i) {
      CHECK(batches[i].index == static_cast<std::int64_t>(i));
      CHECK(batches[i].samples == expected[i].samples);
      CHECK(batches[i].targets == expected[i].targets);
      CHECK(batches[i].features == expected[i].features);
    }
  }
}

TEST_CASE("loader: features and labels belong to the samples") {
  const Numbers data(7);
  LoaderOptions options;
  options.split = Split::validation;
  options.batch_size = 4;
  const auto batches = all_of(data, options);
  REQUIRE(batches.size() == 2);
  CHECK(batches[1].samples == std::vector<std::int64_t>{4, 5, 6});
  for (std::size_t i = 0; i < 3; ++i) CHECK(batches[1].targets[i].label == std::vector<std::int64_t>{1, 2, 0}[i]);
  REQUIRE(batches[1].features.size() == 18);
  CHECK(batches[1].features[6] == 1005.0f);
  CHECK(batches[1].features[17] == 1006.0f);
}

TEST_CASE("loader: shuffling is a function of seed and epoch, and visits every sample once") {
  const Numbers data(50);
  LoaderOptions options;
  options.batch_size = 8;
  options.shuffle = true;
  const auto first = samples_of(all_of(data, options));
  CHECK(first == samples_of(all_of(data, options)));
  auto sorted = first;
  std::sort(sorted.begin(), sorted.end());
  for (std::int64_t i = 0; i < 50; ++i) CHECK(sorted[static_cast<std::size_t>(i)] == i);
  options.epoch = 1;
  CHECK(first != samples_of(all_of(data, options)));
  options.epoch = 0;
  options.seed = 2;
  CHECK(first != samples_of(all_of(data, options)));
}

TEST_CASE("loader: drop_last, first_batch and empty epochs") {
  const Numbers data(25);
  LoaderOptions options;
  options.batch_size = 10;
  options.shuffle = true;
  const auto whole = all_of(data, options);
  options.first_batch = 1;
  const auto rest = all_of(data, options);
  REQUIRE(rest.size() == 2);
  CHECK(rest[0].index == 1);
  CHECK(rest[0].samples == whole[1].samples);
  options.drop_last = true;
  CHECK(all_of(data, options).size() == 1);
  CHECK(Loader(data, options).batches() == 2);
  options.first_batch = 9;
  CHECK(all_of(data, options).empty());
  options.batch_size = 26;
  options.first_batch = 0;
  CHECK(all_of(data, options).empty());
  const Numbers nothing(0);
  options.drop_last = false;
  CHECK(all_of(nothing, options).empty());
  options.batch_size = 0;
  CHECK_THROWS(Loader(data, options));
}

TEST_CASE("loader: an exception surfaces in next(), after the batches before it") {
  Numbers data(100);
  data.throws_at = 42;
  for (const int workers : {0, 1, 2, 8}) {
    LoaderOptions options;
    options.batch_size = 10;
    options.workers = workers;
    Loader loader(data, options);
    Batch batch;
    for (int i = 0; i < 4; ++i) REQUIRE(loader.next(batch));
    CHECK_THROWS_AS(loader.next(batch), std::runtime_error);
    CHECK_THROWS_AS(loader.next(batch), std::runtime_error);
  }
}

TEST_CASE("loader: the queue is bounded, and the destructor waits for no unread batch") {
  Numbers data(100000);
  LoaderOptions options;
  options.batch_size = 10;
  options.workers = 2;
  {
    Loader loader(data, options);
    Batch batch;
    REQUIRE(loader.next(batch));
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    CHECK(data.asked <= 10 * (1 + 4));
  }
  data.slow = true;
  for (int i = 0; i < 5; ++i) {
    options.workers = 8;
    Loader loader(data, options);  // left at once
  }
}
