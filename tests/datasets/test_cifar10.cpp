#include "catch.h"
#include "small_images.h"

using namespace espalier;
using namespace espalier::datasets;
using namespace espalier::testing;

namespace {

std::string records(int count, int classes = 10) {
  std::string bytes;
  for (int i = 0; i < count; ++i) bytes += cifar_record(i % classes, i, 2 * i, 255 - i);
  return bytes;
}

std::string recipe(const Folder& folder, const std::string& more = "") {
  return "type: cifar10\nroot: " + folder.path().string() + "\n" + more;
}

void says(const std::string& text, const std::string& part) {
  INFO(text);
  CHECK(text.find(part) != std::string::npos);
}

}  // namespace

TEST_CASE("cifar10: batches of training, one of testing, a share to validate") {
  Folder folder("cifar_whole");
  write_bytes(folder.path() / "data_batch_1.bin", records(100));
  write_bytes(folder.path() / "data_batch_2.bin", records(50));
  write_bytes(folder.path() / "test_batch.bin", records(20));
  write_bytes(folder.path() / "readme.html", "not read");
  const auto data = make_data(recipe(folder));
  CHECK(data->shape() == std::vector<std::int64_t>{3, 32, 32});
  CHECK(data->size(Split::train) == 130);  // of 15 a class, 2 validate
  CHECK(data->size(Split::validation) == 20);
  CHECK(data->classes()[9] == "truck");
  CHECK(data->id(Split::test, 3) == "test_batch/3");
  const auto features = features_of(*data, Split::test, 3);
  CHECK(features[0] == Approx((3.0 / 255 - 0.5) / 0.5).margin(1e-4));
  CHECK(features[1024] == Approx((6.0 / 255 - 0.5) / 0.5).margin(1e-4));
  CHECK(features[2048] == Approx((252.0 / 255 - 0.5) / 0.5).margin(1e-4));
}

TEST_CASE("cifar10: what is missing or damaged is named") {
  Folder folder("cifar_wrong");
  says(problems_of("type: cifar10\nroot: " + (folder.path() / "absent").string()), "scripts/download_cifar10.sh");
  says(problems_of(recipe(folder)), "has no data_batch_*.bin");
  write_bytes(folder.path() / "train.bin", records(100));
  says(problems_of(recipe(folder)), "has no test*.bin");
  write_bytes(folder.path() / "test.bin", records(20).substr(0, 5000));
  says(problems_of(recipe(folder)), "test.bin: has 5000 bytes");
  write_bytes(folder.path() / "test.bin", "");
  says(problems_of(recipe(folder)), "is empty");
  write_bytes(folder.path() / "test.bin", records(26, 13));
  says(problems_of(recipe(folder)), "record 10 has label 10");
  const auto data = make_data(recipe(folder, "on_error: skip"));
  CHECK(data->size(Split::test) == 20);
  says(data->summary(), "6 with labels out of range left out");
}
