#include "catch.h"
#include "refusal.h"
#include "small_corpus.h"

using namespace espalier;
using namespace espalier::datasets;
using namespace espalier::testing;

namespace {

std::string recipe(const Folder& folder, const std::string& more = "") {
  return "type: audio_manifest\nmanifest: " + (folder.path() / "sounds.csv").string() + "\n" + more;
}

void write_sounds(const Folder& folder, const std::string& csv) {
  for (int i = 0; i < 6; ++i)
    write_bytes(folder.path() / ("clips/" + std::to_string(i) + ".wav"),
                wav_bytes(tone(16000, 300 + 100 * i, static_cast<std::uint64_t>(i))));
  write_bytes(folder.path() / "sounds.csv", csv);
}

const std::string whole =
    "path,label,split\nclips/0.wav,knock,train\nclips/1.wav,\"bell, far\",training\nclips/2.wav,knock,val\n"
    "clips/3.wav,\"bell, far\",validation\nclips/4.wav,knock,test\nclips/5.wav,\"bell, far\",testing\n";

}  // namespace

TEST_CASE("audio_manifest: rows become samples of their splits") {
  Folder folder("manifest");
  write_sounds(folder, whole);
  const auto data = make_data(recipe(folder));
  CHECK(data->classes() == std::vector<std::string>{"bell, far", "knock"});
  for (const auto split : {Split::train, Split::validation, Split::test}) CHECK(data->size(split) == 2);
  CHECK(data->id(Split::test, 1) == "clips/5.wav");
  CHECK(data->label(Split::test, 1) == 0);
  CHECK(features_of(*data, Split::test, 1) == data->features_of_file((folder.path() / "clips/5.wav").string()));
  CHECK(make_data(recipe(folder, "classes: [knock, 'bell, far']"))->label(Split::test, 1) == 1);
}

TEST_CASE("audio_manifest: columns in any order, without splits") {
  Folder folder("manifest_hash");
  std::string csv = "label,comment,path\n";
  for (int i = 0; i < 40; ++i) {
    const auto name = "s" + std::to_string(i) + ".wav";
    write_bytes(folder.path() / name, wav_bytes(tone(16000, 400, static_cast<std::uint64_t>(i))));
    csv += (i % 2 ? "a,x," : "b,y,") + name + "\n";
  }
  write_bytes(folder.path() / "sounds.csv", csv);
  const auto data = make_data(recipe(folder));
  CHECK(data->size(Split::train) + data->size(Split::validation) + data->size(Split::test) == 40);
  CHECK(data->size(Split::train) > 24);
  says(data->summary(), "hash of the paths");
}

TEST_CASE("audio_manifest: mistakes name the line of the CSV or of the recipe") {
  Folder folder("manifest_mistakes");
  const auto csv = (folder.path() / "sounds.csv").string();
  says(problems_of(recipe(folder)), "recipe.yaml:2:11: there is no manifest");
  const auto refusal = [&](const std::string& text, const std::string& more = "") {
    write_sounds(folder, text);
    return problems_of(recipe(folder, more));
  };
  says(refusal(""), "is empty");
  says(refusal("file,label\na,b\n"), csv + ":1: the header must name");
  says(refusal("path,path,label\n1,2,3\n"), "twice");
  says(refusal(whole + "clips/0.wav,knock\n"), csv + ":8: has 2 fields");
  says(refusal(whole + "clips/0.wav,knock,train\n"), csv + ":8: names 'clips/0.wav' a second time");
  says(refusal(whole + "clips/9.wav,knock,later\n"), csv + ":8: 'later' is no split");
  says(refusal(whole + ",knock,train\n"), csv + ":8: needs both");
  says(refusal(whole + "clips/9.wav,knock,train\n"), "9.wav: there is no such audio file");
  says(refusal("path,label,split\nclips/0.wav,knock,train\n"), "fewer than the 2 classes");
  says(refusal(whole, "background_noise: nowhere\n"), "recipe.yaml:3:19: there is no folder 'nowhere'");
  says(refusal(whole, "classes: [knock, bell]\n"), "no training clips of 'bell'");
}

TEST_CASE("audio_manifest: paths that lead out are refused unless the recipe allows them") {
  Folder folder("manifest_outside"), other("manifest_elsewhere");
  write_bytes(other.path() / "o.wav", wav_bytes(tone(16000, 500, 9)));
  write_sounds(folder, whole + "../manifest_elsewhere/o.wav,knock,train\n");
  says(problems_of(recipe(folder)), "leads out");
  CHECK(make_data(recipe(folder, "allow_outside: true"))->size(Split::train) == 3);
  write_sounds(folder, whole + (other.path() / "o.wav").string() + ",knock,train\n");
  says(problems_of(recipe(folder)), "leads out");
  fs::create_symlink(other.path() / "o.wav", folder.path() / "link.wav");
  write_sounds(folder, whole + "link.wav,knock,train\n");
  says(problems_of(recipe(folder)), "leads out");
}

TEST_CASE("audio_manifest: background noise is mixed into training alone") {
  Folder folder("manifest_noise");
  write_sounds(folder, whole);
  write_bytes(folder.path() / "noise/hum.wav", wav_bytes(tone(16000 * 20, 3000, 50)));
  const std::string still = "augment: {time_shift: 0 ms, noise: {probability: 1, volume: [0.5, 0.5]}}\n";
  const auto quiet = make_data(recipe(folder, still));
  const auto noisy = make_data(recipe(folder, still + "background_noise: " + (folder.path() / "noise").string()));
  CHECK(features_of(*quiet, Split::train, 0, {true, 0}) == features_of(*quiet, Split::train, 0));
  CHECK(features_of(*noisy, Split::train, 0, {true, 0}) != features_of(*noisy, Split::train, 0));
  CHECK(features_of(*noisy, Split::train, 0) == features_of(*quiet, Split::train, 0));
}
