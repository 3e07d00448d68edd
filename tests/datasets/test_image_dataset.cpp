#include "datasets/image_dataset.h"

#include <numeric>

#include "catch.h"
#include "small_images.h"

using namespace espalier;
using namespace espalier::datasets;
using namespace espalier::testing;

namespace {

void write_records(const Folder& folder) {
  std::string train, test;
  for (int i = 0; i < 60; ++i) train += cifar_record(i % 10, 4 * i, 255 - 3 * i, (17 * i) % 256);
  for (int i = 0; i < 20; ++i) test += cifar_record(i % 10, 9 * i, 200 - 3 * i, 80);
  write_bytes(folder.path() / "train.bin", train);
  write_bytes(folder.path() / "test.bin", test);
}

std::string recipe(const Folder& folder, const std::string& more = "") {
  return "type: cifar10\nroot: " + folder.path().string() + "\nvalidation: 0.2\n" + more;
}

const std::string mixed =
    "augment: {pad_crop: 4, flip: 0.5, colour: {brightness: 0.3}, cutout: {}, mixup: {probability: 0.5}, cutmix: "
    "{probability: 0.3}}\n";

std::vector<Batch> epoch_of(const Dataset& data, int workers, std::uint64_t epoch, bool augment = true) {
  LoaderOptions options;
  options.batch_size = 8;
  options.workers = workers;
  options.shuffle = true;
  options.augment = augment;
  options.epoch = epoch;
  Loader loader(data, options);
  std::vector<Batch> batches(1);
  while (loader.next(batches.back())) batches.emplace_back();
  batches.pop_back();
  return batches;
}

bool equal(const std::vector<Batch>& a, const std::vector<Batch>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i].samples != b[i].samples || a[i].features != b[i].features || a[i].targets != b[i].targets) return false;
  return true;
}

/// The class that a mixed view has beside the sample's own, and its share.
std::pair<std::int64_t, float> second_of(const Dataset& data, std::int64_t index, View view) {
  std::vector<float> features(3072);
  const auto shares = data.sample(Split::train, index, view, features).shares;
  for (std::size_t c = 0; c < shares.size(); ++c)
    if (shares[c] > 0 && static_cast<std::int64_t>(c) != data.label(Split::train, index))
      return {static_cast<std::int64_t>(c), shares[c]};
  return {data.label(Split::train, index), 0.0f};
}

}  // namespace

TEST_CASE("pictures: batches are the same whatever the number of workers, other in another epoch") {
  Folder folder("pictures_workers");
  write_records(folder);
  const auto data = make_data(recipe(folder, mixed));
  const auto alone = epoch_of(*data, 0, 3);
  CHECK(equal(alone, epoch_of(*data, 1, 3)));
  CHECK(equal(alone, epoch_of(*data, 4, 3)));
  CHECK_FALSE(equal(alone, epoch_of(*data, 0, 4)));
}

TEST_CASE("pictures: a mixed view is the weighted mean of two views, and so is its label") {
  Folder folder("pictures_mixup");
  write_records(folder);
  const auto data = make_data(recipe(folder, "augment: {mixup: {alpha: 1}}\n"));
  const View view{true, 2};
  int found = 0;
  for (std::int64_t i = 0; i < data->size(Split::train); ++i) {
    const auto [label, weight] = second_of(*data, i, view);
    // Pictures of one colour: the partner is one of the second label whose colour fits.
    const auto own = features_of(*data, Split::train, i), mix = features_of(*data, Split::train, i, view);
    bool explained = weight == 0;  // with one of its own class
    for (std::int64_t k = 0; k < data->size(Split::train) && !explained; ++k) {
      if (data->label(Split::train, k) != label) continue;
      const auto other = features_of(*data, Split::train, k);
      explained = std::abs(own[0] + weight * (other[0] - own[0]) - mix[0]) < 1e-5f &&
                  std::abs(own[1024] + weight * (other[1024] - own[1024]) - mix[1024]) < 1e-5f;
    }
    found += explained;
  }
  CHECK(found == data->size(Split::train));
  for (const auto& batch : epoch_of(*data, 0, 0, false))
    for (const auto& target : batch.targets) CHECK(target.shares.empty());
  for (const auto& batch : epoch_of(*data, 0, 0, true))
    for (const auto& target : batch.targets) {
      REQUIRE(target.shares.size() == 10);
      CHECK(std::accumulate(target.shares.begin(), target.shares.end(), 0.0f) == Approx(1));
      CHECK(target.shares[static_cast<std::size_t>(target.label)] >= 0.5f);
    }
}

TEST_CASE("pictures: views repeat where the recipe says so") {
  Folder folder("pictures_views");
  write_records(folder);
  const auto data = make_data(recipe(folder, "augment: {views: 3, pad_crop: 4, cutout: {}, mixup: {}}\n"));
  CHECK(data->views() == 3);
  CHECK(features_of(*data, Split::train, 5, {true, 1}) == features_of(*data, Split::train, 5, {true, 4}));
  CHECK(features_of(*data, Split::train, 5, {true, 1}) != features_of(*data, Split::train, 5, {true, 2}));
  CHECK(second_of(*data, 5, {true, 1}) == second_of(*data, 5, {true, 4}));
}

TEST_CASE("pictures: raw samples go through the front end again") {
  Folder folder("pictures_raw");
  write_records(folder);
  const auto data = make_data(recipe(folder));
  REQUIRE(data->raw_form());
  CHECK(data->raw_form()->matter == Matter::image);
  CHECK(data->raw_form()->elements() == 3072);
  std::vector<float> out(3072);
  data->features_of_raw(data->raw(Split::test, 4), out);
  CHECK(out == features_of(*data, Split::test, 4));
}

TEST_CASE("pictures: a part of the data, and what the front end says of itself") {
  Folder folder("pictures_part");
  write_records(folder);
  CHECK(make_data(recipe(folder, "max_per_class: 1"))->size(Split::test) == 10);
  const auto json = make_data(recipe(folder, "image: {size: 16, channels: 1}"))->front_end();
  CHECK(json.at("type").text() == "image");
  CHECK(json.at("width").integer() == 16);
}
