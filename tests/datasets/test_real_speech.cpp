// On recordings of people, where they lie beside the repository; skipped, and said so, elsewhere.
#include <cstdlib>
#include <set>

#include "catch.h"
#include "datasets/speech_splits.h"
#include "small_corpus.h"

using namespace espalier;
using namespace espalier::datasets;
using namespace espalier::testing;

namespace {

/// Unpacked once into the build folder; empty where there is no archive.
fs::path real_corpus() {
  const fs::path archive = fs::path(ESPALIER_SOURCE_DIR).parent_path() / "shared/data/speech_commands.tar";
  const fs::path folder = fs::path(ESPALIER_BINARY_DIR) / "data";
  if (fs::is_directory(folder / "speech_commands")) return folder / "speech_commands";
  if (!fs::exists(archive)) return {};
  fs::create_directories(folder);
  const auto command = "tar -C '" + folder.string() + "' -xf '" + archive.string() + "'";
  return std::system(command.c_str()) == 0 ? folder / "speech_commands" : fs::path();
}

}  // namespace

TEST_CASE("real speech: the pack of Speech Commands is read whole") {
  const auto root = real_corpus();
  if (root.empty()) {
    WARN("SKIPPED: no ../shared/data/speech_commands.tar");
    return;
  }
  const auto data = make_data("type: speech_commands\nroot: " + root.string() + "\n");
  CHECK(data->classes().size() == 12);
  CHECK(data->size(Split::train) == 12 * 170);
  std::set<std::string> speakers[3];
  for (const auto split : {Split::train, Split::validation, Split::test})
    for (std::int64_t i = 0; i < data->size(split); ++i) {
      const auto id = data->id(split, i);
      if (id[0] == '_') continue;
      // Google's own test split is what the pack was cut from, so that the corpus's hash must say so of every clip.
      CHECK(split_by_hash(fs::path(id).filename().string()) == Split::test);
      speakers[static_cast<int>(split)].insert(id.substr(id.find('/') + 1, id.find("_nohash_") - id.find('/') - 1));
    }
  for (const auto& speaker : speakers[0]) CHECK(speakers[1].count(speaker) + speakers[2].count(speaker) == 0);
  LoaderOptions options;
  options.augment = options.shuffle = true;
  Loader loader(*data, options);
  std::int64_t samples = 0;
  for (Batch batch; loader.next(batch); samples += static_cast<std::int64_t>(batch.targets.size()))
    for (const float value : batch.features)
      if (!(value > -1000 && value < 1000)) FAIL("feature " << value);
  CHECK(samples == data->size(Split::train));
}

TEST_CASE("configs/datasets/speech_commands_12.yaml builds a data set where a recipe includes it") {
  const auto file = fs::path(ESPALIER_SOURCE_DIR) / "configs/datasets/speech_commands_12.yaml";
  Folder folder("config_12");
  write_corpus(folder.path(), {"yes", "no", "up", "down", "left", "right", "on", "off", "stop", "go", "cat"}, 1);
  const auto data = make_data("include: " + file.string() + "\nroot: " + folder.path().string() + "\n");
  CHECK(data->classes().size() == 12);
  CHECK(data->shape() == std::vector<std::int64_t>{1, 49, 10});
  CHECK(data->size(Split::train) == 12);
}
