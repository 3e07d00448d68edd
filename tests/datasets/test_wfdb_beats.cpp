#include "catch.h"
#include "refusal.h"
#include "small_corpus.h"
#include "wfdb_bytes.h"

using namespace espalier;
using namespace espalier::datasets;
using namespace espalier::testing;

namespace {

/// A record of `beats` beats, every third ventricular (upside down and early).
void write_record(const Folder& folder, const std::string& name, int beats, int format = 212) {
  std::vector<std::int16_t> values(static_cast<std::size_t>(100 * beats + 200), 20);
  std::string annotations = wfdb_annotation(28, 10);
  std::int64_t before = 10;
  for (int i = 0; i < beats; ++i) {
    const bool early = i % 3 == 2;
    const std::int64_t at = 100 * (i + 1) - (early ? 30 : 0);
    for (int d = -5; d <= 5; ++d)
      values[static_cast<std::size_t>(at + d)] = static_cast<std::int16_t>((early ? -60 : 100) * (6 - std::abs(d)) / 6);
    annotations += wfdb_annotation(early ? 5 : 1, at - before);
    before = at;
  }
  write_bytes(folder.path() / (name + ".dat"), wfdb_bytes(values, format));
  write_bytes(folder.path() / (name + ".atr"), annotations + std::string(2, '\0'));
  write_bytes(folder.path() / (name + ".hea"), name + " 1 100 " + std::to_string(values.size()) + "\n" + name +
                                                   ".dat " + std::to_string(format) + " 100/mV 12 20 0\n");
}

std::string recipe(const Folder& folder, const std::string& more = "") {
  return "type: wfdb_beats\nroot: " + folder.path().string() + "\nbefore: 300 ms\nafter: 400 ms\nclasses: [N, V]\n" +
         more;
}

}  // namespace

TEST_CASE("wfdb_beats: windows around annotations, patients apart") {
  Folder folder("wfdb_beats");
  for (int i = 0; i < 5; ++i) write_record(folder, "r" + std::to_string(i), 30, i % 2 ? 16 : 212);
  const auto data = make_data(recipe(folder, "features: {normalization: [window, fixed, fixed]}\n"));
  CHECK(data->shape() == std::vector<std::int64_t>{3, 70, 1});
  CHECK(data->size(Split::test) == 28);
  CHECK(data->size(Split::train) == 3 * 28);
  const auto id = data->id(Split::test, 0);
  CHECK(id.find('@') != std::string::npos);
  for (std::int64_t i = 0; i < 28; ++i) {
    CHECK(data->id(Split::test, i).substr(0, 2) == id.substr(0, 2));
    const auto features = features_of(*data, Split::test, i);
    CHECK((data->label(Split::test, i) == 1) == (features[30] < 0));      // the R peak lies 300 ms behind the beginning
    CHECK((data->label(Split::test, i) == 1) == (features[70] < -0.5F));  // an early beat
    CHECK(features[70] == features[139]);
  }
  CHECK(data->front_end().at("anchor").integer() == 30);
  CHECK(data->front_end().at("channels").items()[2].at("name").text() == "rr_next");
  CHECK(make_data(recipe(folder, "rr: false\nmost_per_class: 4\n"))->size(Split::test) == 8);
}

TEST_CASE("wfdb_beats: records of one patient stay together") {
  Folder folder("wfdb_beats_patients");
  for (int i = 0; i < 5; ++i) write_record(folder, "r" + std::to_string(i), 30);
  const auto data =
      make_data(recipe(folder, "same_patient: ['r1 r3']\nsplit: {test_groups: [r1], validation_groups: [r0]}\n"));
  CHECK(data->size(Split::test) == 2 * 28);
}

TEST_CASE("wfdb_beats: damaged records are refused, or left out and counted") {
  Folder folder("wfdb_beats_damaged");
  for (int i = 0; i < 5; ++i) write_record(folder, "r" + std::to_string(i), 30);
  write_record(folder, "s", 30);
  write_bytes(folder.path() / "s.dat", "short");
  says(problems_of(recipe(folder)), "s.dat: holds 3 samples of each signal where its header says 3200");
  says(make_data(recipe(folder, "on_error: skip\n"))->summary(), "1 damaged records left out");
  write_record(folder, "s", 30);
  write_bytes(folder.path() / "s.atr", "x");
  says(problems_of(recipe(folder)), "s.atr: ends in the middle");
  fs::remove(folder.path() / "s.atr");
  says(problems_of(recipe(folder)), "s.atr");
  write_record(folder, "s", 30);
  write_bytes(folder.path() / "s.hea", "s 1 360 3200\ns.dat 212\n");
  says(problems_of(recipe(folder)), "s.hea: is sampled at 360 Hz");
}

TEST_CASE("wfdb_beats: mistakes of the recipe") {
  Folder folder("wfdb_beats_mistakes");
  says(problems_of(recipe(folder)), "has no WFDB record");
  for (int i = 0; i < 5; ++i) write_record(folder, "r" + std::to_string(i), 30);
  says(problems_of("type: wfdb_beats\nroot: nowhere\n"), "there is no folder 'nowhere'");
  says(problems_of(recipe(folder, "records: ['../r0']\n")), "has no record '../r0'");
  says(problems_of(recipe(folder, "lead: V5\n")), "has no signal 'V5'");
  says(problems_of("type: wfdb_beats\nroot: " + folder.path().string() + "\nclasses: [N, X]\n"), "class 'X'");
  says(problems_of("type: wfdb_beats\nroot: " + folder.path().string() + "\n"), "no training windows of 'S'");
}

TEST_CASE("wfdb_beats: links that lead out are refused, whichever of the three files it is") {
  for (const auto* ending : {".hea", ".dat", ".atr"}) {
    Folder folder("wfdb_beats_links"), elsewhere("wfdb_beats_elsewhere");
    for (int i = 0; i < 5; ++i) write_record(folder, "r" + std::to_string(i), 30);
    fs::rename(folder.path() / (std::string("r2") + ending), elsewhere.path() / "x");
    fs::create_symlink(elsewhere.path() / "x", folder.path() / (std::string("r2") + ending));
    says(problems_of(recipe(folder)), std::string("r2") + ending + ": is a link that leads out");
    says(make_data(recipe(folder, "on_error: skip\n"))->summary(), "1 damaged records left out");
  }
}
