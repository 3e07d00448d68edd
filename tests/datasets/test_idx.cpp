#include "catch.h"
#include "small_images.h"

using namespace espalier;
using namespace espalier::datasets;
using namespace espalier::testing;

namespace {

/// Pictures of 4 x 3, each filled with its number; labels count up to `classes`.
void write_pair(const fs::path& folder, const std::string& name, std::uint32_t count, std::uint32_t classes) {
  std::string pixels, labels;
  for (std::uint32_t i = 0; i < count; ++i) {
    pixels += std::string(12, static_cast<char>(i));
    labels += static_cast<char>(i % classes);
  }
  write_bytes(folder / (name + "-images-idx3-ubyte"), idx_bytes({count, 3, 4}, pixels));
  write_bytes(folder / (name + "-labels-idx1-ubyte"), idx_bytes({count}, labels));
}

std::string recipe(const Folder& folder, const std::string& more = "") {
  return "type: idx\nroot: " + folder.path().string() +
         "\nimage: {size: [3, 4], channels: 1, mean: 0, std: 1}\nvalidation: 0.2\n" + more;
}

void says(const std::string& text, const std::string& part) {
  INFO(text);
  CHECK(text.find(part) != std::string::npos);
}

}  // namespace

TEST_CASE("idx: pictures, labels, splits") {
  Folder folder("idx_whole");
  write_pair(folder.path(), "train", 40, 4);
  write_pair(folder.path(), "t10k", 12, 4);
  const auto data = make_data(recipe(folder));
  CHECK(data->classes() == std::vector<std::string>{"0", "1", "2", "3"});
  CHECK(data->shape() == std::vector<std::int64_t>{1, 3, 4});
  CHECK(data->size(Split::train) == 32);
  CHECK(data->size(Split::validation) == 8);
  CHECK(data->size(Split::test) == 12);
  CHECK(data->id(Split::test, 5) == "t10k/5");
  CHECK(data->label(Split::test, 5) == 1);
  CHECK(features_of(*data, Split::test, 5)[7] == Approx(5.0 / 255).margin(1.0 / 65536));
  says(data->summary(), "train 32 (0 8, 1 8, 2 8, 3 8)");
  CHECK(make_data(recipe(folder, "classes: [a, b, c, d]"))->classes()[2] == "c");
  CHECK(make_data(recipe(folder, "fraction: 0.5"))->size(Split::test) == 8);  // two of three of each class
}

TEST_CASE("idx: what is missing or does not belong together is named") {
  Folder folder("idx_wrong");
  says(problems_of("type: idx\nroot: " + (folder.path() / "absent").string()), "there is no folder");
  says(problems_of(recipe(folder)), "there is no file");
  write_pair(folder.path(), "train", 40, 4);
  write_pair(folder.path(), "t10k", 12, 4);
  write_bytes(folder.path() / "t10k-labels-idx1-ubyte", idx_bytes({11}, std::string(11, '\0')));
  says(problems_of(recipe(folder)), "has 11 labels for 12 pictures");
  fs::rename(folder.path() / "t10k-labels-idx1-ubyte", folder.path() / "t10k-labels-idx1-ubyte.gz");
  says(problems_of(recipe(folder)), "unpack the .gz");
  write_bytes(folder.path() / "t10k-labels-idx1-ubyte", idx_bytes({3, 4}, std::string(12, '\0')));
  says(problems_of(recipe(folder)), "has 2 dimensions where 1 are wanted");
  write_bytes(folder.path() / "t10k-images-idx3-ubyte", idx_bytes({12, 4, 3}, std::string(144, '\0')));
  write_bytes(folder.path() / "t10k-labels-idx1-ubyte", idx_bytes({12}, std::string(12, '\0')));
  says(problems_of(recipe(folder)), "other sizes");
  write_bytes(folder.path() / "t10k-images-idx3-ubyte", idx_bytes({12, 0, 3}, ""));
  says(problems_of(recipe(folder)), "pictures of 3 x 0 pixels");
}

TEST_CASE("idx: labels out of range stop, or are left out and counted") {
  Folder folder("idx_labels");
  write_pair(folder.path(), "train", 40, 4);
  write_pair(folder.path(), "t10k", 12, 6);
  says(problems_of(recipe(folder)), "picture t10k/4 has label 4; there are 4 classes");
  const auto data = make_data(recipe(folder, "on_error: skip"));
  CHECK(data->size(Split::test) == 8);
  says(data->summary(), "4 with labels out of range left out");
}

TEST_CASE("idx: another name before the hyphens") {
  Folder folder("idx_names");
  write_pair(folder.path(), "train", 20, 2);
  write_pair(folder.path(), "test", 10, 2);
  CHECK(make_data(recipe(folder, "test: test"))->size(Split::test) == 10);
}
