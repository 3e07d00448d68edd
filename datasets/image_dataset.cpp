#include "datasets/image_dataset.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>

#include "base/text.h"
#include "datasets/picture_survey.h"
#include "datasets/raw_picture.h"
#include "datasets/slot_cache.h"
#include "datasets/thinning.h"

namespace espalier::datasets {
namespace {

constexpr std::array<Split, 3> all_splits = {Split::train, Split::validation, Split::test};

class PictureDataset final : public Dataset {
 public:
  PictureDataset(PictureSettings settings, PictureCatalog catalog)
      : settings_(std::move(settings)),
        catalog_(std::move(catalog)),
        decoded_(count_of_all(), settings_.options.image_memory.count),
        features_(count_of_all() + augmented_slots(), settings_.options.cache.count) {
    for (const auto split : all_splits)
      first_[static_cast<std::size_t>(split) + 1] = first_[static_cast<std::size_t>(split)] + pictures(split).size();
  }

  const std::vector<std::int64_t>& shape() const override { return settings_.front_end.shape(); }
  const std::vector<std::string>& classes() const override { return catalog_.classes; }
  std::int64_t size(Split split) const override { return static_cast<std::int64_t>(pictures(split).size()); }
  std::int64_t label(Split split, std::int64_t index) const override { return picture(split, index).label; }
  std::string id(Split split, std::int64_t index) const override { return picture(split, index).id; }
  std::int64_t views() const override { return settings_.augment.views(); }
  Json front_end() const override { return settings_.front_end.json(); }
  std::string summary() const override;

  void features(Split split, std::int64_t index, View view, std::span<float> out) const override {
    const auto slot = slot_of(split, index);
    if (view.augmented && views() == 0) return augmented(split, index, view.epoch, out);
    const auto epoch = epoch_of(view);
    const auto make = [&] {
      std::vector<float> made(out.size());
      if (view.augmented)
        augmented(split, index, epoch, made);
      else
        settings_.front_end.compute(plain(split, index), made);
      return made;
    };
    const auto place = view.augmented ? count_of_all() + epoch * pictures(Split::train).size() + slot : slot;
    thread_local std::vector<float> spare;
    const bool kept = !view.augmented || split == Split::train;
    const auto& held = kept ? features_.get(place, spare, make) : (spare = make());
    std::copy(held.begin(), held.end(), out.begin());
  }

  /// A mixed view is of two classes, by their shares.
  Target sample(Split split, std::int64_t index, View view, std::span<float> out) const override {
    features(split, index, view, out);
    auto found = target(split, index);
    if (!view.augmented || !settings_.mixing.mixes()) return found;
    const auto mix = mix_of(split, index, epoch_of(view));
    if (mix.partner < 0) return found;
    found.shares.resize(classes().size());
    found.shares[static_cast<std::size_t>(found.label)] += 1 - mix.weight;
    found.shares[static_cast<std::size_t>(label(split, mix.partner))] += mix.weight;
    if (mix.weight > 0.5f) found.label = label(split, mix.partner);
    return found;
  }

  std::optional<RawForm> raw_form() const override { return raw_of(plain(Split::train, 0)).form; }

  RawSample raw(Split split, std::int64_t index) const override { return raw_of(plain(split, index)); }

  void features_of_raw(const RawSample& sample, std::span<float> out) const override {
    settings_.front_end.compute(picture_of(sample), out);
  }

  std::vector<float> features_of_file(const std::string& path) const override {
    return features_of_image_file(settings_.front_end, path);
  }

 private:
  const std::vector<Picture>& pictures(Split split) const { return catalog_.splits[static_cast<std::size_t>(split)]; }
  const Picture& picture(Split split, std::int64_t index) const {
    return pictures(split).at(static_cast<std::size_t>(index));
  }
  std::size_t slot_of(Split split, std::int64_t index) const {
    return first_[static_cast<std::size_t>(split)] + static_cast<std::size_t>(index);
  }
  std::size_t count_of_all() const {
    return pictures(Split::train).size() + pictures(Split::validation).size() + pictures(Split::test).size();
  }
  std::size_t augmented_slots() const { return static_cast<std::size_t>(views()) * pictures(Split::train).size(); }
  std::uint64_t epoch_of(View view) const {
    const auto repeat = static_cast<std::uint64_t>(views());
    return repeat ? view.epoch % repeat : view.epoch;
  }

  /// A file's pixels, kept behind their width, height and channels.
  Image plain(Split split, std::int64_t index) const {
    const auto& sample = picture(split, index);
    if (sample.file.empty()) return catalog_.packed->picture(sample.place);
    thread_local std::vector<std::uint8_t> spare;
    const auto& held = decoded_.get(slot_of(split, index), spare, [&] { return packed(decoded(sample.file)); });
    std::array<std::int64_t, 3> extents{};
    std::memcpy(extents.data(), held.data(), sizeof extents);
    return {extents[0], extents[1], extents[2], {held.begin() + sizeof extents, held.end()}};
  }

  /// Gray pictures in one channel: a third of the memory, and the front end makes the same of them.
  static Image decoded(const std::filesystem::path& file) {
    auto image = read_image(file);
    if (!is_gray(image)) return image;
    Image gray{image.width, image.height, 1, {}};
    gray.pixels.reserve(image.pixels.size() / 3);
    for (std::size_t i = 0; i < image.pixels.size(); i += 3) gray.pixels.push_back(image.pixels[i]);
    return gray;
  }

  static std::vector<std::uint8_t> packed(const Image& image) {
    const std::array<std::int64_t, 3> extents = {image.width, image.height, image.channels};
    std::vector<std::uint8_t> bytes(sizeof extents + image.pixels.size());
    std::memcpy(bytes.data(), extents.data(), sizeof extents);
    std::memcpy(bytes.data() + sizeof extents, image.pixels.data(), image.pixels.size());
    return bytes;
  }

  /// By the picture's name, so that a part of the data sees the same views as the whole.
  ImageDraw draw_of(Split split, std::int64_t index, std::uint64_t epoch) const {
    return {static_cast<std::uint64_t>(settings_.options.seed), epoch, stable_hash(picture(split, index).id)};
  }

  Mix mix_of(Split split, std::int64_t index, std::uint64_t epoch) const {
    return settings_.mixing.draw(draw_of(split, index, epoch), size(split), shape()[1], shape()[2]);
  }

  void changed(Split split, std::int64_t index, std::uint64_t epoch, std::span<float> out) const {
    const auto image = settings_.augment.apply(plain(split, index), settings_.front_end, draw_of(split, index, epoch));
    settings_.front_end.normalise(image, out);
  }

  void augmented(Split split, std::int64_t index, std::uint64_t epoch, std::span<float> out) const {
    changed(split, index, epoch, out);
    if (!settings_.mixing.mixes()) return;
    const auto mix = mix_of(split, index, epoch);
    if (mix.partner < 0) return;
    std::vector<float> other(out.size());
    changed(split, mix.partner, epoch, other);
    mix_into(out, other, mix, shape());
  }

  PictureSettings settings_;
  PictureCatalog catalog_;
  std::array<std::size_t, 4> first_{};
  mutable SlotCache<std::uint8_t> decoded_;
  mutable SlotCache<float> features_;
};

std::string PictureDataset::summary() const {
  std::vector<std::string> parts;
  for (const auto split : all_splits) {
    std::vector<std::int64_t> counts(classes().size());
    for (const auto& sample : pictures(split)) ++counts[static_cast<std::size_t>(sample.label)];
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < counts.size(); ++i) texts.push_back(fmt::format("{} {}", classes()[i], counts[i]));
    parts.push_back(fmt::format("{} {} ({})", name_of(split), grouped_text(size(split)), join(texts, ", ")));
  }
  for (const auto& note : catalog_.notes) parts.push_back(note);
  return join(parts, "; ");
}

void check_counts(const PictureCatalog& catalog, std::vector<Problem>& problems) {
  if (catalog.classes.size() < 2)
    problems.push_back({catalog.origin, fmt::format("{} has fewer than the 2 classes that training needs ({})",
                                                    catalog.where, catalog.classes.size())});
  for (const auto split : all_splits)
    if (catalog.splits[static_cast<std::size_t>(split)].empty())
      problems.push_back({catalog.origin, fmt::format("{} has no pictures for {}", catalog.where, name_of(split))});
  for (std::size_t label = 0; label < catalog.classes.size(); ++label) {
    const auto& train = catalog.splits[0];
    const bool absent = std::none_of(train.begin(), train.end(), [&](const Picture& picture) {
      return picture.label == static_cast<std::int64_t>(label);
    });
    if (!train.empty() && absent)
      problems.push_back(
          {catalog.origin, fmt::format("{} has no training pictures of '{}'", catalog.where, catalog.classes[label])});
  }
}

}  // namespace

Image PackedPictures::picture(std::int64_t place) const {
  const auto begin = pixels.begin() + place * bytes_each();
  return {width, height, channels, {begin, begin + bytes_each()}};
}

std::optional<PictureSettings> read_picture_settings(const PictureOptions& options, std::vector<Problem>& problems) {
  const auto before = problems.size();
  const auto image = schema::read_options<ImageOptions>(options.image.value, "image", problems);
  ImageAugment augment(options.augment.value, problems);
  ImageMixing mixing(augment.options(), problems);
  if (problems.size() != before) return {};
  ImageFrontEnd front_end(image, options.image.value, problems);
  if (!front_end.valid()) return {};
  return PictureSettings{options, std::move(front_end), std::move(augment), mixing, options.skips()};
}

void LeftOut::tell(PictureCatalog& catalog) const {
  if (count_ > 0) catalog.notes.push_back(fmt::format("{} {} left out, the first: {}", count_, what_, first_));
}

void split_off_validation(PictureCatalog& catalog, double share) {
  auto& train = catalog.splits[0];
  std::vector<std::vector<std::pair<std::uint64_t, std::size_t>>> of_class(catalog.classes.size());
  for (std::size_t i = 0; i < train.size(); ++i)
    of_class[static_cast<std::size_t>(train[i].label)].emplace_back(stable_hash(train[i].id), i);
  std::vector<bool> moved(train.size());
  for (auto& members : of_class) {
    std::sort(members.begin(), members.end());
    const auto count = static_cast<std::size_t>(static_cast<double>(members.size()) * share + 0.5);
    for (std::size_t i = 0; i < count; ++i) moved[members[i].second] = true;
  }
  std::vector<Picture> kept;
  for (std::size_t i = 0; i < train.size(); ++i) (moved[i] ? catalog.splits[1] : kept).push_back(std::move(train[i]));
  train = std::move(kept);
  catalog.notes.push_back(fmt::format("{} % of the training pictures validate", number_text(100 * share)));
}

std::unique_ptr<Dataset> make_picture_dataset(PictureSettings settings, PictureCatalog catalog,
                                              std::vector<Problem>& problems) {
  const auto before = problems.size();
  survey(catalog, settings.skip, problems);
  if (problems.size() != before) return nullptr;
  for (auto& split : catalog.splits) thin_out(split, catalog.classes.size(), settings.options.thinning());
  check_counts(catalog, problems);
  if (problems.size() != before) return nullptr;
  return std::make_unique<PictureDataset>(std::move(settings), std::move(catalog));
}

}  // namespace espalier::datasets
