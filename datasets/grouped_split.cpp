#include "datasets/grouped_split.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "base/random.h"
#include "base/text.h"

namespace espalier::datasets {
namespace {

struct Group {
  std::string name, stratum;
  std::uint64_t hash = 0;
  Split split = Split::train;
  bool placed = false;
};

class Division {
 public:
  Division(const std::vector<SplitUnit>& units, const SplitOptions& options, bool has_test, const std::string& origin,
           std::vector<Problem>& problems)
      : units_(units), options_(options), has_test_(has_test), origin_(origin), problems_(problems) {
    std::map<std::string, std::string> strata;
    for (const auto& unit : units) strata.emplace(unit.group, unit.stratum);
    for (const auto& [name, stratum] : strata) groups_.push_back({name, stratum, stable_hash(name)});
    std::sort(groups_.begin(), groups_.end(), [](const Group& a, const Group& b) {
      return std::tie(a.stratum, a.hash, a.name) < std::tie(b.stratum, b.hash, b.name);
    });
  }

  std::vector<Split> divide() {
    if (options_.folds != 0)
      deal();
    else
      share_out();
    std::map<std::string, Split> found;
    for (const auto& group : groups_) found[group.name] = group.split;
    std::vector<Split> splits;
    splits.reserve(units_.size());
    for (const auto& unit : units_) splits.push_back(found.at(unit.group));
    return splits;
  }

 private:
  void deal() {
    const auto folds = options_.folds, least = std::int64_t{has_test_ ? 2 : 3};
    if (!options_.validation_groups.empty() || !options_.test_groups.empty())
      return problem("name groups, or say folds, not both");
    if (folds < least || options_.fold < 0 || options_.fold >= folds)
      return problem(
          fmt::format("fold {} of {} folds: at least {} are needed, counted from 0", options_.fold, folds, least));
    if (static_cast<std::int64_t>(groups_.size()) < folds)
      return problem(fmt::format("{} groups cannot be dealt to {} folds", groups_.size(), folds));
    for (std::size_t i = 0; i < groups_.size(); ++i) {
      const auto fold = static_cast<std::int64_t>(i) % folds;
      const auto validating = has_test_ ? options_.fold : (options_.fold + 1) % folds;
      if (fold == validating) groups_[i].split = Split::validation;
      if (fold == options_.fold && !has_test_) groups_[i].split = Split::test;
    }
  }

  void share_out() {
    place(options_.test_groups, Split::test);
    place(options_.validation_groups, Split::validation);
    if (options_.test_groups.empty() && !has_test_) pick(options_.test, Split::test);
    if (options_.validation_groups.empty()) pick(options_.validation, Split::validation);
  }

  void place(const std::vector<std::string>& names, Split split) {
    std::vector<std::string> known;
    for (const auto& group : groups_) known.push_back(group.name);
    for (const auto& name : names) {
      const auto found =
          std::find_if(groups_.begin(), groups_.end(), [&](const Group& group) { return group.name == name; });
      if (found == groups_.end())
        problem(fmt::format("the data have no '{}'{}", name, did_you_mean(name, known)));
      else if (found->placed)
        problem(fmt::format("'{}' is named twice", name));
      else
        found->split = split, found->placed = true;
    }
  }

  /// Evenly spaced in the order of strata and hashes; at least one.
  void pick(double share, Split split) {
    if (share <= 0) return;
    std::vector<Group*> free;
    for (auto& group : groups_)
      if (!group.placed) free.push_back(&group);
    const auto wanted = std::max<std::int64_t>(1, std::lround(share * static_cast<double>(groups_.size())));
    const auto count = static_cast<std::int64_t>(free.size());
    if (wanted >= count)
      return problem(fmt::format(
          "{} must be a share of whole groups (people, files, records), and to take {} of the {} that there are would "
          "leave none to train with",
          name_of(split), wanted, count));
    for (std::int64_t i = 0; i < wanted; ++i) {
      auto& group = *free[static_cast<std::size_t>((2 * i + 1) * count / (2 * wanted))];
      group.split = split, group.placed = true;
    }
  }

  void problem(std::string text) { problems_.push_back({origin_, "split: " + std::move(text)}); }

  const std::vector<SplitUnit>& units_;
  const SplitOptions& options_;
  bool has_test_;
  const std::string& origin_;
  std::vector<Problem>& problems_;
  std::vector<Group> groups_;
};

}  // namespace

void SplitOptions::describe(schema::Describe<SplitOptions>& d) {
  d.about("who is trained with and who is tested on");
  d.key("validation", &SplitOptions::validation, "share of the groups that validates").range(0, 0.9);
  d.key("test", &SplitOptions::test, "share of the groups that is tested on").range(0, 0.9);
  d.key("folds", &SplitOptions::folds, "k-fold: fold `fold` is tested, the next validates; 0: by shares")
      .range(0, 1000);
  d.key("fold", &SplitOptions::fold, "which of the folds, from 0").range(0, 999);
  d.key("validation_groups", &SplitOptions::validation_groups, "who validates, by name");
  d.key("test_groups", &SplitOptions::test_groups, "who is tested on, by name");
}

bool read_split(const std::string& text, Split& split) {
  const auto word = lower(trim(text));
  if (word == "train" || word == "training") return split = Split::train, true;
  if (word == "validation" || word == "valid" || word == "val" || word == "dev") return split = Split::validation, true;
  if (word == "test" || word == "testing") return split = Split::test, true;
  return false;
}

std::vector<Split> divide(const std::vector<SplitUnit>& units, const SplitOptions& options, bool has_test,
                          const std::string& origin, std::vector<Problem>& problems) {
  return Division(units, options, has_test, origin, problems).divide();
}

}  // namespace espalier::datasets
