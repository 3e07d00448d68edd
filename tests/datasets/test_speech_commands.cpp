#include <algorithm>
#include <set>

#include "base/parallel.h"
#include "catch.h"
#include "small_corpus.h"

using namespace espalier;
using namespace espalier::datasets;
using namespace espalier::testing;

namespace {

const std::vector<std::string> five = {"yes", "no", "cat", "dog", "bird"};
const std::vector<Split> splits = {Split::train, Split::validation, Split::test};

std::string recipe(const Folder& folder, const std::string& more = "") {
  return "type: speech_commands\nroot: " + folder.path().string() + "\nwords: [yes, no]\n" + more;
}

void says(const std::string& text, const std::string& part) {
  INFO(text);
  CHECK(text.find(part) != std::string::npos);
}

std::vector<int> counts_of(const Dataset& data, Split split) {
  std::vector<int> counts(data.classes().size());
  for (std::int64_t i = 0; i < data.size(split); ++i) ++counts[static_cast<std::size_t>(data.label(split, i))];
  return counts;
}

std::set<std::string> ids_of(const Dataset& data, Split split) {
  std::set<std::string> ids;
  for (std::int64_t i = 0; i < data.size(split); ++i) ids.insert(data.id(split, i));
  return ids;
}

}  // namespace

TEST_CASE("speech_commands: classes, counts, labels and names of the official layout") {
  Folder folder("speech_counts");
  write_corpus(folder.path(), five, 4);
  const auto data = make_data(recipe(folder));
  CHECK(data->classes() == std::vector<std::string>{"yes", "no", "_unknown_", "_silence_"});
  CHECK(data->shape() == std::vector<std::int64_t>{1, 49, 10});
  for (const auto split : splits) CHECK(counts_of(*data, split) == std::vector<int>{4, 4, 4, 4});
  CHECK(data->id(Split::train, 0) == "yes/speaker0_nohash_0.wav");
  CHECK(data->id(Split::validation, 0) == "yes/speaker10_nohash_0.wav");
  CHECK(data->id(Split::test, 15) == "_silence_/3");
  says(data->summary(), "train 16 (yes 4, no 4, _unknown_ 4, _silence_ 4)");
  const auto file = (folder.path() / "yes/speaker10_nohash_0.wav").string();
  CHECK(data->features_of_file(file) == features_of(*data, Split::validation, 0));
}

TEST_CASE("speech_commands: shares, classes left out, fractions") {
  Folder folder("speech_shares");
  write_corpus(folder.path(), five, 4);
  CHECK(counts_of(*make_data(recipe(folder, "unknown_share: 2\nsilence_share: 0.5")), Split::train) ==
        std::vector<int>{4, 4, 8, 2});
  CHECK(make_data(recipe(folder, "unknown: false\nsilence: false"))->classes() ==
        std::vector<std::string>{"yes", "no"});
  CHECK(counts_of(*make_data(recipe(folder, "max_per_class: 3")), Split::test) == std::vector<int>{3, 3, 3, 3});
  CHECK(counts_of(*make_data(recipe(folder, "fraction: 0.5")), Split::train) == std::vector<int>{2, 2, 2, 2});
  CHECK(counts_of(*make_data(recipe(folder, "fraction: 0.001")), Split::train) == std::vector<int>{1, 1, 1, 1});
}

TEST_CASE("speech_commands: the seed changes augmentation and nothing else") {
  Folder folder("speech_seed");
  write_corpus(folder.path(), five, 4);
  const auto one = make_data(recipe(folder)), two = make_data(recipe(folder, "seed: 2"));
  for (const auto split : splits) {
    CHECK(ids_of(*one, split) == ids_of(*two, split));
    for (std::int64_t i = 0; i < one->size(split); ++i)
      CHECK(features_of(*one, split, i) == features_of(*two, split, i));
  }
  CHECK(features_of(*one, Split::train, 0, {true, 0}) != features_of(*two, Split::train, 0, {true, 0}));
}

TEST_CASE("speech_commands: an augmented view is a function of epoch and clip, whoever asks and when") {
  Folder folder("speech_views");
  write_corpus(folder.path(), five, 4);
  const auto endless = make_data(recipe(folder)), again = make_data(recipe(folder)),
             part = make_data(recipe(folder, "max_per_class: 2"));
  for (std::int64_t i = endless->size(Split::train) - 1; i >= 0; --i)
    CHECK(features_of(*endless, Split::train, i, {true, 5}) == features_of(*again, Split::train, i, {true, 5}));
  CHECK(features_of(*endless, Split::train, 0, {true, 5}) != features_of(*endless, Split::train, 0, {true, 6}));
  for (std::int64_t i = 0; i < part->size(Split::train); ++i)
    for (std::int64_t k = 0; k < endless->size(Split::train); ++k)
      if (part->id(Split::train, i) == endless->id(Split::train, k))
        CHECK(features_of(*part, Split::train, i, {true, 1}) == features_of(*endless, Split::train, k, {true, 1}));

  const auto three = make_data(recipe(folder, "augment: {views: 3}")),
             tight = make_data(recipe(folder, "augment: {views: 3}\ncache: 0 B"));
  CHECK(three->views() == 3);
  for (std::int64_t i = 0; i < three->size(Split::train); ++i) {
    CHECK(features_of(*three, Split::train, i, {true, 1}) == features_of(*endless, Split::train, i, {true, 1}));
    CHECK(features_of(*three, Split::train, i, {true, 4}) == features_of(*three, Split::train, i, {true, 1}));
    CHECK(features_of(*three, Split::train, i, {true, 4}) == features_of(*tight, Split::train, i, {true, 1}));
  }
  CHECK(features_of(*three, Split::train, 0, {true, 0}) != features_of(*three, Split::train, 0, {true, 1}));
}

TEST_CASE("speech_commands: parts of words stand for _unknown_ alone, and in training alone") {
  Folder folder("speech_parts");
  write_corpus(folder.path(), five, 4);
  const auto whole = make_data(recipe(folder, "augment: {time_shift: 0 ms, noise: {probability: 0}}"));
  const auto parts = make_data(recipe(folder,
                                      "augment: {time_shift: 0 ms, noise: {probability: 0}, "
                                      "partial_words: {share: 1, least: 500 ms, most: 500 ms}}"));
  for (std::int64_t i = 0; i < whole->size(Split::train); ++i) {
    const bool unknown = whole->classes()[static_cast<std::size_t>(whole->label(Split::train, i))] == "_unknown_";
    const auto before = features_of(*whole, Split::train, i, {true, 2}),
               after = features_of(*parts, Split::train, i, {true, 2});
    CHECK((before == after) == !unknown);
    CHECK(features_of(*whole, Split::train, i) == features_of(*parts, Split::train, i));
    // Half a second has no sound: its frames are all alike.
    if (unknown)
      CHECK((std::equal(after.begin(), after.begin() + 20 * 10, after.begin() + 10) ||
             std::equal(after.end() - 20 * 10, after.end(), after.end() - 21 * 10)));
  }
  says(problems_of(recipe(folder, "unknown: false\naugment: {partial_words: {share: 0.5}}")),
       "needs a class _unknown_");
}

TEST_CASE("speech_commands: many threads see what one sees, with any bound of memory") {
  Folder folder("speech_threads");
  write_corpus(folder.path(), five, 4);
  for (const auto* more : {"augment: {views: 2}", "augment: {views: 2}\naudio_memory: 100 KiB\ncache: 10 KiB"}) {
    const auto data = make_data(recipe(folder, more)), calm = make_data(recipe(folder, more));
    std::vector<std::vector<float>> seen(128);
    parallel_for(128, 8, [&](std::int64_t begin, std::int64_t end, int) {
      for (auto i = begin; i < end; ++i)
        seen[static_cast<std::size_t>(i)] =
            features_of(*data, Split::train, i % 16, {i % 3 > 0, static_cast<std::uint64_t>(i % 4)});
    });
    for (std::int64_t i = 0; i < 128; ++i)
      CHECK(seen[static_cast<std::size_t>(i)] ==
            features_of(*calm, Split::train, i % 16, {i % 3 > 0, static_cast<std::uint64_t>(i % 4)}));
  }
}

TEST_CASE("speech_commands: a loader over it gives the same bytes with any number of workers") {
  Folder folder("speech_loader");
  write_corpus(folder.path(), five, 4);
  std::vector<float> expected;
  for (const int workers : {0, 1, 2, 8}) {
    const auto data = make_data(recipe(folder));
    LoaderOptions options;
    options.batch_size = 5;
    options.shuffle = options.augment = true;
    options.workers = workers;
    Loader loader(*data, options);
    std::vector<float> all;
    for (Batch batch; loader.next(batch);) all.insert(all.end(), batch.features.begin(), batch.features.end());
    REQUIRE(all.size() == 16 * 490);
    if (workers == 0) expected = all;
    CHECK(all == expected);
  }
}

TEST_CASE("speech_commands: without lists the corpus's hash splits, and speakers stay together") {
  Folder folder("speech_hash");
  for (const auto& word : {"yes", "no"})
    for (int i = 0; i < 60; ++i)
      write_bytes(folder.path() / word / ("speaker" + std::to_string(i) + "_nohash_0.wav"),
                  wav_bytes(tone(1600, 400, static_cast<std::uint64_t>(i))));
  const auto data = make_data(recipe(folder, "unknown: false\nsilence: false"));
  CHECK(data->size(Split::train) + data->size(Split::validation) + data->size(Split::test) == 120);
  for (const auto split : splits) CHECK(counts_of(*data, split)[0] == counts_of(*data, split)[1]);
  says(data->summary(), "split by the hash");
}

TEST_CASE("speech_commands: other rates and stereo are converted and counted, or refused") {
  Folder folder("speech_other");
  write_corpus(folder.path(), five, 2);
  write_bytes(folder.path() / "yes/speaker0_nohash_0.wav", wav_bytes(tone(8000, 300, 1, 8000), 8000));
  write_bytes(folder.path() / "no/speaker0_nohash_0.wav", wav_bytes(tone(32000, 300, 1), 16000, 2));
  const auto summary = make_data(recipe(folder))->summary();
  says(summary, "1 files mixed");
  says(summary, "1 files resampled to 16000 Hz");
  says(problems_of(recipe(folder, "on_stereo: fail")), "no/speaker0_nohash_0.wav: has 2 channels");
  says(problems_of(recipe(folder, "resample: false")),
       "yes/speaker0_nohash_0.wav: has 8000 Hz where 16000 Hz are wanted");
}

TEST_CASE("speech_commands: damaged files are named, or left out and counted") {
  Folder folder("speech_damage");
  write_corpus(folder.path(), five, 4);
  const auto whole = wav_bytes(tone(16000, 300, 1));
  write_bytes(folder.path() / "yes/speaker0_nohash_0.wav", "");
  write_bytes(folder.path() / "yes/speaker1_nohash_0.wav", whole.substr(0, 5000));
  write_bytes(folder.path() / "no/speaker2_nohash_0.wav", wav_bytes({}));
  write_bytes(folder.path() / "no/speaker3_nohash_0.wav", "RIFF nonsense");
  const auto text = problems_of(recipe(folder));
  says(text, "yes/speaker0_nohash_0.wav: is empty (0 bytes)");
  says(text, "yes/speaker1_nohash_0.wav: is cut off");
  says(text, "no/speaker2_nohash_0.wav: holds no samples");
  says(text, "no/speaker3_nohash_0.wav: is no readable audio file");
  const auto data = make_data(recipe(folder, "on_error: skip"));
  CHECK(counts_of(*data, Split::train) == std::vector<int>{3, 3, 4, 4});
  CHECK(counts_of(*data, Split::validation) == std::vector<int>{3, 4, 4, 4});
  CHECK(counts_of(*data, Split::test) == std::vector<int>{4, 3, 4, 4});
  says(data->summary(), "4 damaged files left out");
  CHECK_THROWS_AS(data->features_of_file((folder.path() / "no/speaker3_nohash_0.wav").string()), Error);
}

TEST_CASE("speech_commands: mistakes are told with their line and a way out") {
  Folder folder("speech_mistakes");
  write_corpus(folder.path(), five, 4);
  const auto root = folder.path().string();
  says(problems_of("type: speech_commands\nroot: nowhere/at_all\n"),
       "recipe.yaml:2:7: there is no folder 'nowhere/at_all' (in " + fs::current_path().string() +
           "); make a stand-in with "
           "`scripts/make_speech_corpus --output nowhere/at_all`");
  says(problems_of("type: speech_commands\nroot: " + root + "\nwords: [yes, birt]"),
       "recipe.yaml:3:14: '" + root + "' has no folder for the word 'birt'; did you mean 'bird'?");
  says(problems_of("type: speech_commands\nroot: " + root + "/yes\nwords: [yes, bird]"),
       "recipe.yaml:2:7: '" + root +
           "/yes' has a folder for none of the words yes, bird; root must be the folder above");
  says(problems_of("type: speech_commands\nroot: " + root + "\nwords: [yes, yes]"), "names 'yes' twice");
  says(problems_of("type: speech_commands\nroot: " + root + "\nwords: [yes]\nunknown: false\nsilence: false"),
       "has fewer than the 2 classes that training needs (1)");
  says(problems_of("type: speech_commands"), "needs 'root'");
  says(problems_of(recipe(folder, "unknwn: true")), "did you mean 'unknown'?");
  says(problems_of(recipe(folder, "features: {high_hz: 9000}")), "recipe.yaml:4:");
  says(problems_of(recipe(folder, "augment:\n  views: -1")), "recipe.yaml:5:");
  fs::remove_all(folder.path() / "_background_noise_");
  says(problems_of(recipe(folder)), "say `silence: false`");
  fs::remove_all(folder.path() / "cat"), fs::remove_all(folder.path() / "dog"), fs::remove_all(folder.path() / "bird");
  says(problems_of(recipe(folder)), "testing_list.txt:");
  says(problems_of(recipe(folder, "on_error: skip")), "say `unknown: false`");
}

TEST_CASE("speech_commands: lists that name absent files, a split without clips") {
  Folder folder("speech_lists");
  write_corpus(folder.path(), five, 2);
  fs::remove(folder.path() / "no/speaker1_nohash_0.wav");
  says(problems_of(recipe(folder)), "validation_list.txt:3: names 'no/speaker1_nohash_0.wav', which is not there");
  says(make_data(recipe(folder, "on_error: skip"))->summary(), "1 entries of the lists name absent files");
  write_bytes(folder.path() / "validation_list.txt", "");
  says(problems_of(recipe(folder, "unknown: false\nsilence: false")), "has no clips for validation");
}

TEST_CASE("samples from before the front end: unchanged they give the features, and loud ones saturate") {
  const testing::Folder folder("raw");
  testing::write_corpus(folder.path(), {"low", "high"}, 3);
  const auto data = testing::make_data("{type: speech_commands, words: [low, high], unknown: false, root: '" +
                                       folder.path().string() + "'}");
  const auto form = data->raw_form();
  REQUIRE(form);
  CHECK(form->matter == datasets::Matter::sound);
  CHECK(form->elements() == 16000);
  auto sample = data->raw(Split::test, 0);
  const auto plain = testing::features_of(*data, Split::test, 0);
  std::vector<float> features(plain.size());
  data->features_of_raw(sample, features);
  CHECK(features == plain);
  for (float& value : sample.values) value *= 1e6f;
  data->features_of_raw(sample, features);
  CHECK(features != plain);
  Random random(1, "test");
  std::vector<float> noise(16000);
  CHECK(data->background(Split::test, random, noise));
  CHECK(std::any_of(noise.begin(), noise.end(), [](float value) { return value != 0; }));
}

TEST_CASE("speech_commands: links that lead out are refused, or left out and counted") {
  Folder folder("speech_links"), elsewhere("speech_links_elsewhere");
  write_corpus(folder.path(), five, 4);
  write_bytes(elsewhere.path() / "x.wav", wav_bytes(tone(16000, 300, 1)));
  fs::create_symlink(elsewhere.path() / "x.wav", folder.path() / "yes/link_nohash_0.wav");
  says(problems_of(recipe(folder)), "yes/link_nohash_0.wav: is a link that leads out");
  const auto data = make_data(recipe(folder, "on_error: skip"));
  CHECK(counts_of(*data, Split::train) == std::vector<int>{4, 4, 4, 4});
  says(data->summary(), "1 links that lead out");
}
