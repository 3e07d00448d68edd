// Google Speech Commands (Warden 2018, arXiv:1804.03209) in its own layout: a folder a word, validation_list.txt and
// testing_list.txt, _background_noise_. As in the official recipe, words that are no class stand for `_unknown_`, and
// pieces of background noise for `_silence_`.
#include <fmt/core.h>

#include <algorithm>

#include "base/random.h"
#include "base/text.h"
#include "datasets/absent_data.h"
#include "datasets/clip_dataset.h"
#include "datasets/folder.h"
#include "datasets/speech_splits.h"
#include "schema/registry.h"

namespace espalier::datasets::speech_commands {

namespace fs = std::filesystem;
constexpr const char* unknown_name = "_unknown_";
constexpr const char* silence_name = "_silence_";
constexpr const char* noise_folder = "_background_noise_";

schema::Part ten_words() {
  std::vector<schema::Value> words;
  for (const char* word : {"yes", "no", "up", "down", "left", "right", "on", "off", "stop", "go"})
    words.push_back(schema::Value::scalar(word, {}, true));
  return {schema::Value::list(std::move(words))};
}

struct Options : ClipOptions {
  schema::Part root, words = ten_words();
  bool unknown = true, silence = true;
  double unknown_share = 1, silence_share = 1;
  static void describe(schema::Describe<Options>& d) {
    d.about("keywords in the layout of Google Speech Commands", "Warden 2018, arXiv:1804.03209");
    d.key("root", &Options::root, "the corpus's folder, relative to the working directory").must().type = "path";
    d.key("words", &Options::words, "folders that are classes").type = "list of words";
    d.key("unknown", &Options::unknown, "a class _unknown_ of all other words");
    d.key("silence", &Options::silence, "a class _silence_ of background noise");
    d.key("unknown_share", &Options::unknown_share, "clips of _unknown_ over the mean of a word's, in each split")
        .range(0, 100);
    d.key("silence_share", &Options::silence_share, "clips of _silence_ over the mean of a word's, in each split")
        .range(0, 100);
    describe_clips(d);
  }
};

/// Reads one corpus; each step stops early where it added Problems.
class Reading {
 public:
  Reading(const Options& options, const ClipSettings& settings, std::vector<Problem>& problems)
      : options_(options), settings_(settings), problems_(problems), root_(options.root.value.text()) {}

  Catalog read() {
    catalog_.where = root_.string();
    catalog_.origin = options_.root.value.origin().text();
    if (!find_folders() || !read_words()) return {};
    const auto before = problems_.size();
    const SpeechSplits splits(root_, problems_);
    if (!check_lists(splits) || problems_.size() != before) return {};
    for (std::size_t label = 0; label < words_.size(); ++label)
      add_word(words_[label], static_cast<std::int64_t>(label), splits, catalog_.splits);
    if (options_.unknown) add_unknown(splits);
    if (outside_) catalog_.notes.push_back(fmt::format("{} links that lead out of the folder left out", outside_));
    read_noise();
    if (options_.silence) add_silence();
    thin_out(catalog_, options_);
    if (!splits.from_lists()) catalog_.notes.push_back("split by the hash of the file names (no lists)");
    return std::move(catalog_);
  }

 private:
  bool find_folders() {
    std::error_code failure;
    if (!options_.root.value.is_scalar() || root_.empty()) return problem("root must be the path of a folder");
    if (!fs::is_directory(root_, failure)) return problem(no_folder(root_, "speech_commands"));
    for (const auto& entry : entries_of(root_))
      if (const auto name = entry.filename().string(); is_folder(entry) && name[0] != '.' && name != noise_folder)
        folders_.push_back(name);
    std::sort(folders_.begin(), folders_.end());
    return true;
  }

  /// Where no word at all has a folder, one line says what ten would hide: root is another folder.
  void tell_of_root(std::size_t before) {
    if (words_.size() < 2 || problems_.size() - before != words_.size()) return;
    if (std::any_of(words_.begin(), words_.end(),
                    [&](const auto& word) { return std::binary_search(folders_.begin(), folders_.end(), word); }))
      return;
    problems_.resize(before);
    problem(fmt::format("'{}' has a folder for none of the words {}; root must be the folder above them",
                        root_.string(), join(words_, ", ")));
  }

  bool read_words() {
    const auto& value = options_.words.value;
    const std::vector<schema::Value> items = value.is_list() ? value.items() : std::vector{value};
    const auto before = problems_.size();
    for (const auto& item : items) {
      const auto origin = item.origin().text().empty() ? catalog_.origin : item.origin().text();
      const std::string& word = item.text();
      if (!item.is_scalar() || word.empty())
        problems_.push_back({origin, "words must be a list of folder names"});
      else if (std::find(words_.begin(), words_.end(), word) != words_.end())
        problems_.push_back({origin, fmt::format("words names '{}' twice", word)});
      else if (!std::binary_search(folders_.begin(), folders_.end(), word))
        problems_.push_back({origin, fmt::format("'{}' has no folder for the word '{}'{}", root_.string(), word,
                                                 did_you_mean(word, folders_))});
      words_.push_back(word);
    }
    tell_of_root(before);
    catalog_.classes = words_;
    return problems_.size() == before;
  }

  bool check_lists(const SpeechSplits& splits) {
    auto absent = splits.absent(root_);
    if (settings_.skip) {
      if (!absent.empty())
        catalog_.notes.push_back(fmt::format("{} entries of the lists name absent files", absent.size()));
      return true;
    }
    constexpr std::size_t most = 10;
    const auto count = absent.size();
    if (count > most) absent.resize(most);
    problems_.insert(problems_.end(), absent.begin(), absent.end());
    if (count > most)
      problems_.push_back(
          {catalog_.origin,
           fmt::format("the lists name {} more absent files; `on_error: skip` passes over them", count - most)});
    return count == 0;
  }

  void add_word(const std::string& word, std::int64_t label, const SpeechSplits& splits,
                std::array<std::vector<Clip>, 3>& into) {
    for (const auto& file : entries_of(root_ / word)) {
      if (!is_audio_name(file) || file.filename().string()[0] == '.' || leads_out(file)) continue;
      const auto id = word + "/" + file.filename().string();
      into[static_cast<std::size_t>(splits.of(id))].push_back({id, file, label});
    }
  }

  bool leads_out(const fs::path& file) {
    if (!is_link_out(file, root_)) return false;
    if (!settings_.skip)
      problems_.push_back(
          {file.string(),
           fmt::format("is a link that leads out of '{}'; `on_error: skip` leaves it out", root_.string())});
    ++outside_;
    return true;
  }

  /// Clips of a class that has `share` times as many as a word has on average.
  std::size_t part(std::size_t split, double share) const {
    const auto& clips = catalog_.splits[split];
    const auto of_words = std::count_if(clips.begin(), clips.end(), [&](const Clip& clip) {
      return clip.label < static_cast<std::int64_t>(words_.size());
    });
    return static_cast<std::size_t>(static_cast<double>(of_words) * share / static_cast<double>(words_.size()) + 0.5);
  }

  void add_unknown(const SpeechSplits& splits) {
    const auto label = static_cast<std::int64_t>(catalog_.classes.size());
    std::array<std::vector<Clip>, 3> others;
    for (const auto& folder : folders_)
      if (std::find(words_.begin(), words_.end(), folder) == words_.end() && folder[0] != '_')
        add_word(folder, label, splits, others);
    if (others[0].empty()) {
      problem(fmt::format("'{}' has no words beside the classes for {}; add some, or say `unknown: false`",
                          root_.string(), unknown_name));
      return;
    }
    catalog_.unknown = label;
    catalog_.classes.push_back(unknown_name);
    for (std::size_t split = 0; split < 3; ++split) {
      const auto wanted = std::min(part(split, options_.unknown_share), others[split].size());
      // Which ones is no matter of the seed: every run is tested on the same clips.
      auto order = Random(0, "unknown words", split).permutation(static_cast<std::int64_t>(others[split].size()));
      order.resize(wanted);
      std::sort(order.begin(), order.end());
      for (const auto i : order)
        catalog_.splits[split].push_back(std::move(others[split][static_cast<std::size_t>(i)]));
    }
  }

  void read_noise() {
    if (!is_folder(root_ / noise_folder)) {
      if (settings_.augment.wants_noise()) catalog_.notes.push_back("no _background_noise_ to mix in");
      return;
    }
    try {
      catalog_.noise = NoiseBank(root_ / noise_folder, settings_.wanted, settings_.front_end.samples(), settings_.skip);
    } catch (const Error& error) {
      problems_.insert(problems_.end(), error.problems().begin(), error.problems().end());
    }
    if (catalog_.noise.skipped())
      catalog_.notes.push_back(fmt::format("{} damaged noise recordings left out", catalog_.noise.skipped()));
  }

  /// In training as many as asked for, since each is drawn anew in every epoch; in validation and testing never the
  /// same twice.
  void add_silence() {
    const auto label = static_cast<std::int64_t>(catalog_.classes.size());
    catalog_.classes.push_back(silence_name);
    const auto& noise = catalog_.noise;
    for (const auto split : {Split::train, Split::validation, Split::test}) {
      const auto index = static_cast<std::size_t>(split);
      auto wanted = static_cast<std::int64_t>(part(index, options_.silence_share));
      if (noise.empty(split)) {
        problem(
            fmt::format("'{}' has too few recordings for {} in {} (10 seconds, or 3 files, are the least); add some, "
                        "or say `silence: false`",
                        (root_ / noise_folder).string(), silence_name, name_of(split)));
        continue;
      }
      if (const auto most = noise.capacity(split); split != Split::train && wanted > most) {
        catalog_.notes.push_back(fmt::format("{} of {} {} clips of {}, as many as the noise has without overlap", most,
                                             wanted, name_of(split), silence_name));
        wanted = most;
      }
      for (std::int64_t i = 0; i < wanted; ++i)
        catalog_.splits[index].push_back({fmt::format("{}/{}", silence_name, i), {}, label, i});
    }
  }

  bool problem(std::string text) { return problems_.push_back({catalog_.origin, std::move(text)}), false; }

  const Options& options_;
  std::int64_t outside_ = 0;
  const ClipSettings& settings_;
  std::vector<Problem>& problems_;
  fs::path root_;
  std::vector<std::string> folders_, words_;
  Catalog catalog_;
};

std::unique_ptr<Dataset> build(const Options& options, const schema::Registry&, std::vector<Problem>& problems) {
  const auto before = problems.size();
  auto settings = read_clip_settings(options, problems);
  if (!settings) return nullptr;
  auto catalog = Reading(options, *settings, problems).read();
  if (problems.size() != before) return nullptr;
  return make_clip_dataset(std::move(*settings), std::move(catalog), problems);
}

void enlist(schema::Registry& registry) { registry.add<Dataset, Options>("dataset", "speech_commands", build); }

}  // namespace espalier::datasets::speech_commands
