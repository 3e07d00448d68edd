#include "training/batches.h"

#include "catch.h"

using namespace espalier;

TEST_CASE("a batch is cut to its first samples, and left alone where it has no more") {
  datasets::Batch batch;
  for (std::int64_t sample = 0; sample < 3; ++sample) {
    batch.samples.push_back(10 + sample);
    batch.targets.push_back({sample, {}, {}, {}});
    batch.features.insert(batch.features.end(), 2, static_cast<float>(sample));
  }
  auto whole = batch;
  training::keep_first(whole, 5);
  CHECK(whole.samples.size() == 3);
  training::keep_first(batch, 2);
  CHECK(batch.samples == std::vector<std::int64_t>{10, 11});
  CHECK(batch.features == std::vector<float>{0, 0, 1, 1});
  REQUIRE(batch.targets.size() == 2);
  CHECK(batch.targets[1].label == 1);
}
