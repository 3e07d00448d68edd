#include "datasets/clip_dataset.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <mutex>

#include "base/parallel.h"
#include "base/text.h"
#include "datasets/audio_file.h"
#include "datasets/slot_cache.h"
#include "datasets/thinning.h"

namespace espalier::datasets {
namespace {

constexpr std::array<Split, 3> all_splits = {Split::train, Split::validation, Split::test};

class ClipDataset final : public Dataset {
 public:
  ClipDataset(ClipSettings settings, Catalog catalog)
      : settings_(std::move(settings)),
        catalog_(std::move(catalog)),
        audio_(count_of_all(), settings_.options.audio_memory.count),
        features_(count_of_all() + augmented_slots(), settings_.options.cache.count) {
    for (const auto split : all_splits)
      first_[static_cast<std::size_t>(split) + 1] = first_[static_cast<std::size_t>(split)] + clips(split).size();
    for (std::int64_t i = 0; i < size(Split::train); ++i)
      if (!clip(Split::train, i).file.empty()) words_.push_back(i);
  }

  const std::vector<std::int64_t>& shape() const override { return settings_.front_end.shape(); }
  const std::vector<std::string>& classes() const override { return catalog_.classes; }
  std::int64_t size(Split split) const override { return static_cast<std::int64_t>(clips(split).size()); }
  std::int64_t label(Split split, std::int64_t index) const override { return clip(split, index).label; }
  std::string id(Split split, std::int64_t index) const override { return clip(split, index).id; }
  std::int64_t views() const override { return settings_.augment.views(); }
  Json front_end() const override { return settings_.front_end.json(); }
  std::string summary() const override;

  void features(Split split, std::int64_t index, View view, std::span<float> out) const override {
    if (static_cast<std::int64_t>(out.size()) != settings_.front_end.elements())
      fail(fmt::format("features: room for {} numbers where a sample has {}", out.size(),
                       settings_.front_end.elements()));
    const auto& sample = clip(split, index);
    const auto slot = slot_of(split, index);
    const auto views = static_cast<std::uint64_t>(settings_.augment.views());
    const std::uint64_t epoch = views ? view.epoch % views : view.epoch;
    if (view.augmented && views == 0) return augmented(sample, split, slot, epoch, out);
    const auto make = [&] {
      std::vector<float> made(out.size());
      if (view.augmented)
        augmented(sample, split, slot, epoch, made);
      else
        settings_.front_end.compute(plain(sample, split, slot), made);
      return made;
    };
    // An augmented view is cached for the training split alone; no other is asked for it.
    if (view.augmented && split != Split::train) {
      const auto made = make();
      std::copy(made.begin(), made.end(), out.begin());
      return;
    }
    thread_local std::vector<float> spare;
    const auto& held =
        features_.get(view.augmented ? count_of_all() + epoch * clips(Split::train).size() + slot : slot, spare, make);
    std::copy(held.begin(), held.end(), out.begin());
  }

  std::vector<std::int16_t> recording(Split split, std::int64_t index) const override {
    const auto sound = plain(clip(split, index), split, slot_of(split, index));
    return {sound.begin(), sound.end()};
  }

  std::optional<RawForm> raw_form() const override {
    return RawForm{Matter::sound, 1, settings_.front_end.samples(), 1};
  }

  RawSample raw(Split split, std::int64_t index) const override {
    const auto sound = plain(clip(split, index), split, slot_of(split, index));
    return {*raw_form(), {sound.begin(), sound.end()}};
  }

  void features_of_raw(const RawSample& sample, std::span<float> out) const override {
    std::vector<std::int16_t> sound(sample.values.size());
    for (std::size_t i = 0; i < sound.size(); ++i)
      sound[i] = static_cast<std::int16_t>(std::nearbyint(std::clamp(sample.values[i], -32768.0f, 32767.0f)));
    settings_.front_end.compute(sound, out);
  }

  bool background(Split split, Random& random, std::span<float> out) const override {
    if (catalog_.noise.empty(split)) return false;
    const auto noise = catalog_.noise.random(split, random);
    std::copy(noise.begin(), noise.end(), out.begin());
    return true;
  }

  std::vector<float> features_of_file(const std::string& path) const override {
    std::vector<float> features(static_cast<std::size_t>(settings_.front_end.elements()));
    settings_.front_end.compute(decoded(path), features);
    return features;
  }

 private:
  const std::vector<Clip>& clips(Split split) const { return catalog_.splits[static_cast<std::size_t>(split)]; }
  const Clip& clip(Split split, std::int64_t index) const { return clips(split).at(static_cast<std::size_t>(index)); }
  std::size_t slot_of(Split split, std::int64_t index) const {
    return first_[static_cast<std::size_t>(split)] + static_cast<std::size_t>(index);
  }
  std::size_t count_of_all() const {
    return clips(Split::train).size() + clips(Split::validation).size() + clips(Split::test).size();
  }
  std::size_t augmented_slots() const {
    return static_cast<std::size_t>(settings_.augment.views()) * clips(Split::train).size();
  }

  std::vector<std::int16_t> decoded(const std::filesystem::path& file) const {
    return fit_clip(read_audio(file, settings_.wanted), settings_.front_end.samples(),
                    settings_.options.align == "centre");
  }

  /// The clip as it is; valid until this thread asks for another.
  std::span<const std::int16_t> plain(const Clip& sample, Split split, std::size_t slot) const {
    thread_local std::vector<std::int16_t> spare;
    if (!sample.file.empty()) return audio_.get(slot, spare, [&] { return decoded(sample.file); });
    if (!catalog_.noise.empty(split)) return catalog_.noise.fixed(split, sample.silence);
    spare.assign(static_cast<std::size_t>(settings_.front_end.samples()), 0);
    return spare;
  }

  /// The clip, or in its place a part of another (augment.partial_words); valid until this thread asks for another.
  std::span<const std::int16_t> spoken(const Clip& sample, Split split, std::size_t slot, std::uint64_t epoch) const {
    if (sample.label != catalog_.unknown || !settings_.augment.wants_partial_words()) return plain(sample, split, slot);
    Random random(static_cast<std::uint64_t>(settings_.options.seed), "partial_words", epoch, stable_hash(sample.id));
    const auto moved = settings_.augment.partial_word(settings_.front_end.rate(), random);
    if (!moved) return plain(sample, split, slot);
    const auto other = words_[random.below(static_cast<std::uint32_t>(words_.size()))];
    const auto word = plain(clip(Split::train, other), Split::train, slot_of(Split::train, other));
    thread_local std::vector<std::int16_t> part;
    part.assign(word.size(), 0);
    const auto size = static_cast<std::int64_t>(word.size()), kept = std::max<std::int64_t>(0, size - std::abs(*moved));
    const auto from = *moved < 0 ? size - kept : 0, to = *moved < 0 ? 0 : size - kept;
    std::copy_n(word.begin() + from, kept, part.begin() + to);
    return part;
  }

  void augmented(const Clip& sample, Split split, std::size_t slot, std::uint64_t epoch, std::span<float> out) const {
    thread_local std::vector<std::int16_t> changed;
    changed.resize(static_cast<std::size_t>(settings_.front_end.samples()));
    // By the clip's name, so that a part of the data sees the same views as the whole.
    Random random(static_cast<std::uint64_t>(settings_.options.seed), "augment", epoch, stable_hash(sample.id));
    if (sample.file.empty())
      settings_.augment.silence(catalog_.noise, random, changed);
    else
      settings_.augment.speech(spoken(sample, split, slot, epoch), settings_.front_end.rate(), catalog_.noise, random,
                               changed);
    settings_.front_end.compute(changed, out);
    Random masks(static_cast<std::uint64_t>(settings_.options.seed), "spec_augment", epoch, stable_hash(sample.id));
    settings_.augment.features(shape()[1], shape()[2], masks, out);
  }

  ClipSettings settings_;
  Catalog catalog_;
  std::array<std::size_t, 4> first_{};
  std::vector<std::int64_t> words_;  ///< training clips that are no silence
  mutable SlotCache<std::int16_t> audio_;
  mutable SlotCache<float> features_;
};

std::string ClipDataset::summary() const {
  std::vector<std::string> parts;
  for (const auto split : all_splits) {
    std::vector<std::int64_t> counts(classes().size());
    for (const auto& sample : clips(split)) ++counts[static_cast<std::size_t>(sample.label)];
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < counts.size(); ++i) texts.push_back(fmt::format("{} {}", classes()[i], counts[i]));
    parts.push_back(fmt::format("{} {} ({})", name_of(split), grouped_text(size(split)), join(texts, ", ")));
  }
  const auto need = static_cast<std::int64_t>(count_of_all()) * settings_.front_end.samples() * 2;
  parts.push_back("at most " + bytes_text(std::min(need, settings_.options.audio_memory.count)) + " of decoded sound");
  for (const auto& note : catalog_.notes) parts.push_back(note);
  return join(parts, "; ");
}

/// What the files' headers tell, or, where `decode`, their whole content.
struct Survey {
  std::vector<Problem> damaged;
  std::vector<const Clip*> left_out;
  std::int64_t mixed = 0, resampled = 0;
};

Survey survey(const Catalog& catalog, const AudioWanted& wanted, bool decode) {
  std::vector<const Clip*> all;
  for (const auto& split : catalog.splits)
    for (const auto& clip : split)
      if (!clip.file.empty()) all.push_back(&clip);
  Survey found;
  std::mutex guard;
  parallel_for(static_cast<std::int64_t>(all.size()), hardware_threads(),
               [&](std::int64_t begin, std::int64_t end, int) {
                 for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
                   try {
                     const auto header = probe_audio(all[i]->file, wanted);
                     if (decode) read_audio(all[i]->file, wanted);
                     if (header.channels == 1 && header.rate == wanted.rate) continue;
                     const std::lock_guard lock(guard);
                     found.mixed += header.channels > 1;
                     found.resampled += header.rate != wanted.rate;
                   } catch (const Error& error) {
                     const std::lock_guard lock(guard);
                     found.damaged.insert(found.damaged.end(), error.problems().begin(), error.problems().end());
                     found.left_out.push_back(all[i]);
                   }
                 }
               });
  std::sort(found.damaged.begin(), found.damaged.end(),
            [](const Problem& a, const Problem& b) { return a.origin < b.origin; });
  return found;
}

/// The first few of many.
void report(const std::vector<Problem>& damaged, std::vector<Problem>& problems) {
  constexpr std::size_t most = 10;
  problems.insert(problems.end(), damaged.begin(),
                  damaged.begin() + static_cast<std::ptrdiff_t>(std::min(most, damaged.size())));
  if (damaged.size() > most)
    problems.push_back(
        {"", fmt::format("{} more files are refused; `on_error: skip` leaves them out", damaged.size() - most)});
}

void leave_out(Catalog& catalog, const std::vector<const Clip*>& clips) {
  std::vector<std::string> ids;
  ids.reserve(clips.size());
  for (const auto* clip : clips) ids.push_back(clip->file.string());
  std::sort(ids.begin(), ids.end());
  for (auto& split : catalog.splits)
    std::erase_if(split,
                  [&](const Clip& clip) { return std::binary_search(ids.begin(), ids.end(), clip.file.string()); });
  if (!ids.empty())
    catalog.notes.push_back(fmt::format("{} damaged file{} left out", ids.size(), ids.size() == 1 ? "" : "s"));
}

/// Silence has no file, so there is always as much of it as was asked for; words may be missing.
void check_counts(const Catalog& catalog, std::vector<Problem>& problems) {
  if (catalog.classes.size() < 2)
    problems.push_back({catalog.origin, fmt::format("{} has fewer than the 2 classes that training needs ({})",
                                                    catalog.where, catalog.classes.size())});
  for (const auto split : all_splits)
    if (catalog.splits[static_cast<std::size_t>(split)].empty())
      problems.push_back({catalog.origin, fmt::format("{} has no clips for {}", catalog.where, name_of(split))});
  for (std::size_t label = 0; label < catalog.classes.size(); ++label) {
    const auto& train = catalog.splits[0];
    if (!train.empty() && std::none_of(train.begin(), train.end(), [&](const Clip& clip) {
          return clip.label == static_cast<std::int64_t>(label);
        }))
      problems.push_back(
          {catalog.origin, fmt::format("{} has no training clips of '{}'", catalog.where, catalog.classes[label])});
  }
}

}  // namespace

std::optional<ClipSettings> read_clip_settings(const ClipOptions& options, std::vector<Problem>& problems) {
  const auto before = problems.size();
  const auto features = schema::read_options<FeatureOptions>(options.features.value, "features", problems);
  WaveformAugment augment(options.augment.value, problems);
  if (problems.size() != before) return {};
  FrontEnd front_end(features, options.features.value.origin().text(), problems);
  if (!front_end.valid()) return {};
  const AudioWanted wanted{front_end.rate(), options.resample, options.on_stereo == "mix"};
  return ClipSettings{options, std::move(front_end), std::move(augment), wanted, options.skips()};
}

void thin_out(Catalog& catalog, const ClipOptions& options) {
  for (auto& split : catalog.splits) thin_out(split, catalog.classes.size(), options.thinning());
}

std::unique_ptr<Dataset> make_clip_dataset(ClipSettings settings, Catalog catalog, std::vector<Problem>& problems) {
  const auto before = problems.size();
  // What the header does not tell only decoding does, and with `skip` the number of samples must be known from the
  // start.
  auto found = survey(catalog, settings.wanted, settings.skip);
  if (!settings.skip) report(found.damaged, problems);
  if (problems.size() != before) return nullptr;
  leave_out(catalog, found.left_out);
  if (found.mixed) catalog.notes.push_back(fmt::format("{} files mixed to one channel", found.mixed));
  if (found.resampled)
    catalog.notes.push_back(fmt::format("{} files resampled to {} Hz", found.resampled, settings.wanted.rate));
  check_counts(catalog, problems);
  if (settings.augment.wants_partial_words() && catalog.unknown < 0)
    problems.push_back({settings.options.augment.value.origin().text(),
                        "augment.partial_words needs a class _unknown_, whose clips the parts of words are"});
  if (problems.size() != before) return nullptr;
  return std::make_unique<ClipDataset>(std::move(settings), std::move(catalog));
}

}  // namespace espalier::datasets
