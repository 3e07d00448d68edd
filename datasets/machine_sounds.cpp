// Sounds of machines, normal ones to learn and others to be found, in the layout in which the DCASE challenge hands out
// ToyADMOS (Koizumi et al. 2019, arXiv:1908.03299; 2020, arXiv:2006.05822): train/normal_id_01_….wav and
// test/{normal,anomaly}_id_01_….wav. A sample is a window of a few frames, the windows of a recording are a group, the
// machines are sources. Nothing in train is anomalous, and validation is a part of it.
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <map>
#include <optional>

#include "base/random.h"
#include "base/text.h"
#include "datasets/absent_data.h"
#include "datasets/audio_file.h"
#include "datasets/corpus_options.h"
#include "datasets/dataset.h"
#include "datasets/folder.h"
#include "datasets/slot_cache.h"
#include "datasets/sound_windows.h"
#include "schema/registry.h"

namespace espalier::datasets::machine_sounds {

namespace fs = std::filesystem;

struct Options {
  schema::Part root, features;
  std::string machine, on_error = "fail";
  schema::Milliseconds recording{10000};
  std::int64_t frames = 5, stride = 1, seed = 1;
  double validation = 0.1;
  schema::Bytes cache{std::int64_t{2} << 30};
  static void describe(schema::Describe<Options>& d) {
    d.about("normal and anomalous machines, as DCASE hands out ToyADMOS", "Koizumi et al. 2019, arXiv:1908.03299");
    d.key("root", &Options::root, "the folder with train and test, relative to the working directory").must().type =
        "path";
    d.key("features", &Options::features,
          "block: type, arithmetic, sample_rate, window, hop, mel_bands, …; `frames` takes the place of clip")
        .type = "block";
    d.key("machine", &Options::machine, "only this one of the machines, \"id_01\"; empty: all");
    d.key("recording", &Options::recording, "heard of each file, from its beginning").range(1, 600000);
    d.key("frames", &Options::frames, "that the network sees at once").range(1, 10000);
    d.key("stride", &Options::stride, "from window to window").range(1, 10000).in("frames");
    d.key("validation", &Options::validation, "share of each machine's training files that validates, by their names")
        .range(0.01, 0.9);
    d.key("on_error", &Options::on_error, "a damaged or too short file: stop, or leave it out and count it")
        .one_of(on_error_words());
    d.key("cache", &Options::cache, "memory for features; what is beyond is computed again each time").range(0, 1e15);
    d.key("seed", &Options::seed, "nothing here is random").range(0, 9e15);
  }
};

struct Recording {
  std::string id;
  fs::path file;
  std::int64_t label = 0, source = 0, samples = 0;
};

/// What was found on disk.
struct Found {
  std::vector<std::string> machines;
  std::array<std::vector<Recording>, 3> splits;  ///< by Split
  std::int64_t skipped = 0;
};

class MachineSounds final : public Dataset {
 public:
  MachineSounds(const Options& options, SoundWindows windows, Found found)
      : windows_(std::move(windows)),
        found_(std::move(found)),
        cache_(recordings(), options.cache.count),
        sounds_(recordings(), options.cache.count) {
    for (std::size_t split = 0; split < 3; ++split)
      for (const auto& recording : found_.splits[split])
        ends_[split].push_back((ends_[split].empty() ? 0 : ends_[split].back()) + windows_.count(recording.samples));
  }

  const std::vector<std::int64_t>& shape() const override { return windows_.front_end().shape(); }
  const std::vector<std::string>& classes() const override { return classes_; }
  const std::vector<std::string>& sources() const override { return found_.machines; }
  std::int64_t size(Split split) const override { return ends_of(split).empty() ? 0 : ends_of(split).back(); }
  std::int64_t label(Split split, std::int64_t index) const override { return at(split, index).recording->label; }
  Target target(Split split, std::int64_t index) const override {
    const auto place = at(split, index);
    Target target;
    target.label = place.recording->label;
    target.group = place.number;
    target.source = place.recording->source;
    return target;
  }
  std::string id(Split split, std::int64_t index) const override {
    const auto place = at(split, index);
    return fmt::format("{}#{}", place.recording->id, place.window);
  }
  Json front_end() const override { return windows_.json(); }

  void features(Split split, std::int64_t index, View, std::span<float> out) const override {
    thread_local std::vector<float> spare;
    const auto place = at(split, index);
    const auto& rows =
        cache_.get(slot_of(split, place.number), spare, [&] { return windows_.rows(read(*place.recording)); });
    const auto window = windows_.window(rows, place.window);
    std::copy(window.begin(), window.end(), out.begin());
  }

  std::optional<RawForm> raw_form() const override {
    return RawForm{Matter::sound, 1, windows_.front_end().samples(), 1};
  }

  RawSample raw(Split split, std::int64_t index) const override {
    thread_local std::vector<std::int16_t> spare;
    const auto place = at(split, index);
    const auto& sound = sounds_.get(slot_of(split, place.number), spare, [&] { return read(*place.recording); });
    const auto first = sound.begin() + windows_.begin(place.window);
    return {*raw_form(), {first, first + windows_.front_end().samples()}};
  }

  void features_of_raw(const RawSample& sample, std::span<float> out) const override {
    std::vector<std::int16_t> sound(sample.values.size());
    for (std::size_t i = 0; i < sound.size(); ++i)
      sound[i] = static_cast<std::int16_t>(std::nearbyint(std::clamp(sample.values[i], -32768.0f, 32767.0f)));
    windows_.front_end().compute(sound, out);
  }

  std::string summary() const override {
    std::vector<std::string> parts;
    for (const auto split : {Split::train, Split::validation, Split::test}) {
      const auto& all = found_.splits[static_cast<std::size_t>(split)];
      const auto bad = std::count_if(all.begin(), all.end(), [](const Recording& each) { return each.label != 0; });
      parts.push_back(fmt::format("{} {} recordings (normal {}, anomalous {})", name_of(split), all.size(),
                                  static_cast<std::int64_t>(all.size()) - bad, bad));
    }
    parts.push_back(fmt::format("{} windows of {} frames to train on; machines {}", grouped_text(size(Split::train)),
                                shape()[1], join(found_.machines, ", ")));
    if (found_.skipped)
      parts.push_back(fmt::format("{} damaged file{} left out", found_.skipped, found_.skipped == 1 ? "" : "s"));
    return join(parts, "; ");
  }

 private:
  /// A sample's recording, which one of its split that is, and which of its windows.
  struct Place {
    const Recording* recording = nullptr;
    std::int64_t number = 0, window = 0;
  };
  const std::vector<std::int64_t>& ends_of(Split split) const { return ends_[static_cast<std::size_t>(split)]; }
  Place at(Split split, std::int64_t index) const {
    const auto& ends = ends_of(split);
    const auto number = std::upper_bound(ends.begin(), ends.end(), index) - ends.begin();
    const auto& recording = found_.splits[static_cast<std::size_t>(split)].at(static_cast<std::size_t>(number));
    return {&recording, number, number == 0 ? index : index - ends[static_cast<std::size_t>(number) - 1]};
  }
  std::size_t recordings() const { return slot_of(Split::test, std::ssize(found_.splits[2])); }
  std::size_t slot_of(Split split, std::int64_t number) const {
    auto slot = static_cast<std::size_t>(number);
    for (std::size_t before = 0; before < static_cast<std::size_t>(split); ++before)
      slot += found_.splits[before].size();
    return slot;
  }
  std::vector<std::int16_t> read(const Recording& recording) const {
    return fit_clip(read_audio(recording.file, {windows_.front_end().rate(), true, true}), recording.samples, false);
  }

  SoundWindows windows_;
  Found found_;
  std::array<std::vector<std::int64_t>, 3> ends_;  ///< of each recording, in samples of its split
  std::vector<std::string> classes_ = {"normal", "anomalous"};
  mutable SlotCache<float> cache_;
  mutable SlotCache<std::int16_t> sounds_;  ///< of what is to be disturbed
};

/// "id_01" of "normal_id_01_00000003.wav"; empty where the name has none.
std::string machine_of(const std::string& name) {
  const auto begin = name.find("_id_");
  if (begin == std::string::npos) return {};
  const auto end = name.find_first_of("_.", begin + 4);
  return name.substr(begin + 1, end == std::string::npos ? end : end - begin - 1);
}

/// Finds the files of one root; Problems name it or them.
class Reading {
 public:
  Reading(const Options& options, const SoundWindows& windows, std::vector<Problem>& problems)
      : options_(options), windows_(windows), problems_(problems), root_(options.root.value.text()) {}

  Found read() {
    if (!is_folder(root_)) {
      problems_.push_back({options_.root.value.origin().text(), no_folder(root_, "machine_sounds")});
      return {};
    }
    for (const char* folder : {"train", "test"}) read_folder(folder);
    if (!problems_.empty()) return {};
    keep_for_validation();
    number_machines();
    for (const auto split : {Split::train, Split::validation, Split::test})
      if (of(split).empty()) problem(fmt::format("has no recordings for {}{}", name_of(split), wanted()));
    const auto& test = of(Split::test);
    for (const std::int64_t label : {0, 1})
      if (!test.empty() &&
          std::none_of(test.begin(), test.end(), [&](const auto& each) { return each.label == label; }))
        problem(fmt::format("has no {} recordings in test{}", label ? "anomalous" : "normal", wanted()));
    return std::move(found_);
  }

 private:
  std::vector<Recording>& of(Split split) { return found_.splits[static_cast<std::size_t>(split)]; }
  std::string wanted() const { return options_.machine.empty() ? "" : fmt::format(" of '{}'", options_.machine); }

  void read_folder(const std::string& folder) {
    if (!is_folder(root_ / folder))
      return problem(fmt::format(
          "has no folder {}; make synthetic sounds with scripts/make_machine_sounds, or unpack ToyADMOS as DCASE hands "
          "it out",
          folder));
    std::vector<fs::path> files;
    for (const auto& entry : entries_of(root_ / folder))
      if (is_audio_name(entry)) files.push_back(entry);
    for (const auto& file : files) add(file, folder);
  }

  void add(const fs::path& file, const std::string& folder) {
    const auto name = file.filename().string();
    const bool normal = starts_with(name, "normal"), anomalous = starts_with(name, "anomaly");
    if (!normal && !anomalous) return problems_.push_back({file.string(), "begins with neither normal nor anomaly"});
    if (folder == "train" && anomalous)
      return problems_.push_back({file.string(), "is anomalous, and training knows normal machines only"});
    const auto machine = machine_of(name);
    if (!options_.machine.empty() && machine != options_.machine) return;
    try {
      of(folder == "test" ? Split::test : Split::train)
          .push_back({folder + "/" + name, file, anomalous ? 1 : 0, 0, samples_of(file)});
      sources_[machine] = 0;
    } catch (const Error& error) {
      if (options_.on_error == "skip") return void(++found_.skipped);
      problems_.insert(problems_.end(), error.problems().begin(), error.problems().end());
    }
  }

  /// What is heard of the file. Throws Error(mistake) for one that is damaged or shorter than a window.
  std::int64_t samples_of(const fs::path& file) const {
    if (is_link_out(file, root_))
      mistake(file.string(), fmt::format("is a link that leads out of '{}'", root_.string()));
    const AudioWanted wanted{windows_.front_end().rate(), true, true};
    const auto header = probe_audio(file, wanted);
    if (options_.on_error == "skip") read_audio(file, wanted);
    const auto most = static_cast<std::int64_t>(options_.recording.value * static_cast<double>(wanted.rate) / 1000);
    const auto samples = std::min(most, header.frames * wanted.rate / header.rate);
    if (windows_.count(samples) < 1)
      mistake(file.string(), fmt::format("is shorter than the {} frames of a window", windows_.front_end().shape()[1]));
    return samples;
  }

  /// The first of each machine's training files in the order of their names' hashes.
  void keep_for_validation() {
    std::map<std::string, std::vector<Recording>> of_machine;
    for (auto& recording : of(Split::train)) of_machine[machine_of(recording.id)].push_back(std::move(recording));
    of(Split::train).clear();
    for (auto& [machine, all] : of_machine) {
      std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
        const auto one = stable_hash(a.id), other = stable_hash(b.id);
        return one != other ? one < other : a.id < b.id;
      });
      const auto kept = std::max<std::int64_t>(std::lround(options_.validation * static_cast<double>(all.size())), 1);
      std::sort(all.begin(), all.begin() + kept, [](const auto& a, const auto& b) { return a.id < b.id; });
      std::sort(all.begin() + kept, all.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
      std::move(all.begin(), all.begin() + kept, std::back_inserter(of(Split::validation)));
      std::move(all.begin() + kept, all.end(), std::back_inserter(of(Split::train)));
    }
  }

  void number_machines() {
    for (auto& [machine, number] : sources_) {
      number = static_cast<std::int64_t>(found_.machines.size());
      found_.machines.push_back(machine.empty() ? "machine" : machine);
    }
    for (auto& split : found_.splits)
      for (auto& recording : split) recording.source = sources_.at(machine_of(recording.id));
  }

  void problem(const std::string& text) {
    problems_.push_back({options_.root.value.origin().text(), fmt::format("'{}' {}", root_.string(), text)});
  }

  const Options& options_;
  const SoundWindows& windows_;
  std::vector<Problem>& problems_;
  fs::path root_;
  std::map<std::string, std::int64_t> sources_;
  Found found_;
};

/// Milliseconds of so many frames, which are whole samples.
double clip_of(const FeatureOptions& features, std::int64_t frames) {
  const auto rate = static_cast<double>(features.sample_rate);
  const auto samples = [&](const schema::Milliseconds& time) { return std::round(time.value * rate / 1000); };
  return (samples(features.window) + static_cast<double>(frames - 1) * samples(features.hop)) * 1000 / rate;
}

std::unique_ptr<Dataset> build(const Options& options, const schema::Registry&, std::vector<Problem>& problems) {
  std::vector<Problem> own;
  std::unique_ptr<Dataset> made;
  auto features = schema::read_options<FeatureOptions>(options.features.value, "features", own);
  if (options.features.value.find("clip"))
    own.push_back({options.features.value.origin().text(), "clip is `frames` frames here; leave it out"});
  features.clip.value = clip_of(features, options.frames);
  const auto& origin = options.features.value.is_null() ? options.root.value.origin() : options.features.value.origin();
  FrontEnd front_end(features, origin.text(), own);
  if (own.empty()) {
    SoundWindows windows(std::move(front_end), options.stride);
    auto found = Reading(options, windows, own).read();
    if (own.empty()) made = std::make_unique<MachineSounds>(options, std::move(windows), std::move(found));
  }
  problems.insert(problems.end(), own.begin(), own.end());
  return made;
}

void enlist(schema::Registry& registry) { registry.add<Dataset, Options>("dataset", "machine_sounds", build); }

}  // namespace espalier::datasets::machine_sounds
