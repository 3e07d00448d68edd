#include <set>

#include "catch.h"
#include "small_images.h"

using namespace espalier;
using namespace espalier::datasets;
using namespace espalier::testing;

namespace {

void write_class(const fs::path& folder, int count, std::uint64_t seed) {
  for (int i = 0; i < count; ++i)
    write_image(folder / ("p" + std::to_string(i) + (i % 2 ? ".png" : ".jpg")),
                noisy_image(10 + i, 12, 3, seed * 1000 + static_cast<std::uint64_t>(i)));
}

std::string recipe(const Folder& folder, const std::string& more = "") {
  return "type: image_folder\nroot: " + folder.path().string() + "\nimage: {size: 8}\n" + more;
}

void says(const std::string& text, const std::string& part) {
  INFO(text);
  CHECK(text.find(part) != std::string::npos);
}

std::set<std::string> ids_of(const Dataset& data, Split split) {
  std::set<std::string> ids;
  for (std::int64_t i = 0; i < data.size(split); ++i) ids.insert(data.id(split, i));
  return ids;
}

}  // namespace

TEST_CASE("image_folder: a folder a split and class") {
  Folder folder("pictures_splits");
  for (const char* split : {"train", "val", "test"}) {
    write_class(folder.path() / split / "cat", 4, 1);
    write_class(folder.path() / split / "dog", 6, 2);
  }
  write_bytes(folder.path() / "train/cat/notes.txt", "no picture");
  write_bytes(folder.path() / "train/cat/.hidden.png", "no picture");
  const auto data = make_data(recipe(folder));
  CHECK(data->classes() == std::vector<std::string>{"cat", "dog"});
  for (const auto split : {Split::train, Split::validation, Split::test}) CHECK(data->size(split) == 10);
  CHECK(data->shape() == std::vector<std::int64_t>{3, 8, 8});
  CHECK(data->id(Split::validation, 0) == "val/cat/p0.jpg");
  const auto file = (folder.path() / "test/dog/p3.png").string();
  CHECK(data->features_of_file(file) == features_of(*data, Split::test, 4 + 3));
  CHECK(make_data(recipe(folder, "classes: [dog, cat]"))->label(Split::test, 0) == 0);
  says(problems_of(recipe(folder, "classes: [dog, cow]")), "no folder for the class 'cow'");
  fs::remove_all(folder.path() / "val");
  CHECK(make_data(recipe(folder, "validation: 0.25"))->size(Split::validation) == 3);
}

TEST_CASE("image_folder: classes alone are split by the names' hash, the same each time") {
  Folder folder("pictures_hash");
  write_class(folder.path() / "cat", 60, 1);
  write_class(folder.path() / "dog", 60, 2);
  const auto data = make_data(recipe(folder)), again = make_data(recipe(folder));
  CHECK(data->size(Split::train) > 80);
  CHECK(data->size(Split::train) + data->size(Split::validation) + data->size(Split::test) == 120);
  for (const auto split : {Split::train, Split::validation, Split::test})
    CHECK(ids_of(*data, split) == ids_of(*again, split));
  says(data->summary(), "hash of the files' names");
}

TEST_CASE("image_folder: damaged pictures stop, or are left out, counted and named") {
  Folder folder("pictures_damaged");
  for (const char* split : {"train", "val", "test"})
    for (const char* name : {"cat", "dog"}) write_class(folder.path() / split / name, 3, 1);
  write_bytes(folder.path() / "train/cat/empty.png", "");
  write_bytes(folder.path() / "train/cat/words.jpg", "no picture at all");
  write_bytes(folder.path() / "train/dog/bomb.png", "\x89PNG\r\n\x1A\n" + big(13) + "IHDR" + big(50000) + big(50000));
  const auto whole = file_bytes(folder.path() / "train/dog/p0.jpg");
  write_bytes(folder.path() / "train/dog/half.jpg", whole.substr(0, whole.size() / 2));
  const auto problems = problems_of(recipe(folder));
  says(problems, "empty.png: is empty (0 bytes)");
  says(problems, "words.jpg: is no picture");
  says(problems, "bomb.png: claims 50000 x 50000 pixels");
  says(problems, "half.jpg: is cut off");
  const auto data = make_data(recipe(folder, "on_error: skip"));
  CHECK(data->size(Split::train) == 6);
  says(data->summary(), "4 damaged files left out, the first: ");
}

TEST_CASE("image_folder: links that lead out of the root are no data") {
  Folder folder("pictures_links"), elsewhere("pictures_elsewhere");
  for (const char* split : {"train", "val", "test"})
    for (const char* name : {"cat", "dog"}) write_class(folder.path() / split / name, 3, 1);
  write_image(elsewhere.path() / "secret.png", noisy_image(8, 8, 3, 9));
  fs::create_symlink(elsewhere.path() / "secret.png", folder.path() / "train/cat/link.png");
  fs::create_symlink(fs::canonical(folder.path()) / "train/cat/p1.png", folder.path() / "train/cat/inside.png");
  says(problems_of(recipe(folder)), "leads out of");
  const auto data = make_data(recipe(folder, "on_error: skip"));
  CHECK(data->size(Split::train) == 7);
  says(data->summary(), "1 links that lead out");
}

TEST_CASE("image_folder: empty folders and splits are refused") {
  Folder folder("pictures_empty");
  says(problems_of("type: image_folder\nroot: " + (folder.path() / "absent").string()), "there is no folder");
  says(problems_of(recipe(folder)), "fewer than the 2 classes that training needs (0)");
  for (const char* split : {"train", "test"}) write_class(folder.path() / split / "cat", 3, 1);
  fs::create_directories(folder.path() / "train/dog");
  says(problems_of(recipe(folder)), "no training pictures of 'dog'");
}
