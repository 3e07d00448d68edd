#include "catch.h"
#include "small_corpus.h"

using namespace espalier;
using namespace espalier::datasets;
using namespace espalier::testing;

namespace {

std::string recipe(const Folder& folder, const std::string& more = "") {
  return "type: machine_sounds\nroot: " + folder.path().string() +
         "\nfeatures: {type: log_mel, window: 25 ms, hop: 10 ms, mel_bands: 16}\nframes: 4\nvalidation: 0.25\n" + more;
}

/// 1,200 samples: six frames, three windows of four.
void write_sound(const Folder& folder, const std::string& name, std::size_t samples = 1200) {
  write_bytes(folder.path() / name, wav_bytes(tone(samples, 300, stable_hash(name))));
}

void write_machines(const Folder& folder) {
  for (const char* id : {"id_01", "id_02"}) {
    for (int i = 0; i < 8; ++i)
      write_sound(folder, "train/normal_" + std::string(id) + "_0000000" + std::to_string(i) + ".wav");
    for (int i = 0; i < 3; ++i)
      write_sound(folder, "test/normal_" + std::string(id) + "_0000000" + std::to_string(i) + ".wav");
    for (int i = 0; i < 2; ++i)
      write_sound(folder, "test/anomaly_" + std::string(id) + "_0000000" + std::to_string(i) + ".wav");
  }
}

bool says(const std::string& text, const std::string& part) {
  INFO(text);
  CHECK(text.find(part) != std::string::npos);
  return true;
}

}  // namespace

TEST_CASE("machine_sounds: windows of recordings, grouped, by machine, validation apart from training") {
  Folder folder("machine_sounds");
  write_machines(folder);
  const auto data = make_data(recipe(folder));
  CHECK(data->shape() == std::vector<std::int64_t>{1, 4, 16});
  CHECK(data->classes() == std::vector<std::string>{"normal", "anomalous"});
  CHECK(data->sources() == std::vector<std::string>{"id_01", "id_02"});
  CHECK(data->size(Split::train) == 12 * 3);
  CHECK(data->size(Split::validation) == 4 * 3);
  CHECK(data->size(Split::test) == 10 * 3);
  std::int64_t anomalous = 0;
  for (const auto split : {Split::train, Split::validation, Split::test})
    for (std::int64_t i = 0; i < data->size(split); ++i) {
      const auto target = data->target(split, i);
      CHECK(target.group == i / 3);
      const auto id = data->id(split, i);
      CHECK(target.label == (id.find("anomaly") != std::string::npos));
      CHECK(target.source == (id.find("id_02") != std::string::npos));
      CHECK(id.substr(id.size() - 2) == "#" + std::to_string(i % 3));
      CHECK((split == Split::test || target.label == 0));
      anomalous += target.label;
    }
  CHECK(anomalous == 4 * 3);
  says(data->summary(), "test 10 recordings (normal 6, anomalous 4)");
}

TEST_CASE("machine_sounds: a window's features are those of its raw sound, cached or not") {
  Folder folder("machine_sounds_features");
  write_machines(folder);
  const auto data = make_data(recipe(folder)), uncached = make_data(recipe(folder, "cache: 0\n"));
  for (const std::int64_t index : {0, 1, 5}) {
    const auto features = features_of(*data, Split::test, index);
    CHECK(features == features_of(*data, Split::test, index));
    CHECK(features == features_of(*uncached, Split::test, index));
    std::vector<float> again(features.size());
    data->features_of_raw(data->raw(Split::test, index), again);
    CHECK(features == again);
  }
  CHECK(data->front_end().at("window_stride").integer() == 1);
  CHECK(features_of(*data, Split::test, 0) != features_of(*data, Split::train, 0));
}

TEST_CASE("machine_sounds: length, stride and one machine alone") {
  Folder folder("machine_sounds_options");
  write_machines(folder);
  CHECK(make_data(recipe(folder, "machine: id_02\n"))->sources() == std::vector<std::string>{"id_02"});
  CHECK(make_data(recipe(folder, "stride: 2\n"))->size(Split::test) == 10 * 2);
  CHECK(make_data(recipe(folder, "recording: 65 ms\n"))->size(Split::test) == 10 * 2);  // 1,040 samples
  write_sound(folder, "test/normal_id_01_00000009.wav", 2400);
  const auto data = make_data(recipe(folder));
  CHECK(data->size(Split::test) == 10 * 3 + 10);
  CHECK(data->target(Split::test, data->size(Split::test) - 1).source == 1);
  says(problems_of(recipe(folder, "machine: id_07\n")), "has no recordings for train of 'id_07'");
}

TEST_CASE("machine_sounds: damaged and short files are named, or left out and counted") {
  Folder folder("machine_sounds_damaged");
  write_machines(folder);
  write_bytes(folder.path() / "train/normal_id_01_00000077.wav", "no sound");
  write_sound(folder, "test/anomaly_id_01_00000078.wav", 300);
  write_bytes(folder.path() / "test/normal_id_01_00000079.wav", "");
  const auto problems = problems_of(recipe(folder));
  says(problems, "normal_id_01_00000077.wav");
  says(problems, "anomaly_id_01_00000078.wav: is shorter than the 4 frames of a window");
  says(problems, "normal_id_01_00000079.wav");
  const auto data = make_data(recipe(folder, "on_error: skip\n"));
  CHECK(data->size(Split::test) == 10 * 3);
  says(data->summary(), "3 damaged files left out");
}

TEST_CASE("machine_sounds: what cannot be told apart or must not be learnt is refused") {
  Folder folder("machine_sounds_wrong");
  says(problems_of(recipe(folder)), "has no folder train; make synthetic sounds");
  write_machines(folder);
  write_sound(folder, "train/anomaly_id_01_00000005.wav");
  says(problems_of(recipe(folder)), "is anomalous, and training knows normal machines only");
  fs::remove(folder.path() / "train/anomaly_id_01_00000005.wav");
  write_sound(folder, "test/strange.wav");
  says(problems_of(recipe(folder)), "begins with neither normal nor anomaly");
  fs::remove(folder.path() / "test/strange.wav");
  for (const char* id : {"id_01", "id_02"})
    for (int i = 0; i < 2; ++i)
      fs::remove(folder.path() / ("test/anomaly_" + std::string(id) + "_0000000" + std::to_string(i) + ".wav"));
  says(problems_of(recipe(folder)), "has no anomalous recordings in test");
  says(problems_of("type: machine_sounds\nroot: " + folder.path().string() + "\nfeatures: {clip: 1 s}\n"),
       "clip is `frames` frames here");
}

TEST_CASE("machine_sounds: links that lead out are refused, or left out and counted") {
  Folder folder("machine_sounds_links"), elsewhere("machine_sounds_elsewhere");
  write_machines(folder);
  write_sound(elsewhere, "x.wav");
  fs::create_symlink(elsewhere.path() / "x.wav", folder.path() / "train/normal_id_01_link.wav");
  says(problems_of(recipe(folder)), "normal_id_01_link.wav: is a link that leads out");
  CHECK(make_data(recipe(folder, "on_error: skip\n"))->size(Split::train) == 12 * 3);
}
