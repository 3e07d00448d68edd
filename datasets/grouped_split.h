// Who is trained with and who is tested on, where samples belong together (a person's, a recording's).
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "datasets/dataset.h"
#include "schema/readers.h"

namespace espalier::datasets {

/// The recipe's `split:` block.
struct SplitOptions {
  double validation = 0.15, test = 0.15;
  std::int64_t folds = 0, fold = 0;
  std::vector<std::string> validation_groups, test_groups;
  static void describe(schema::Describe<SplitOptions>& d);
};

/// What a split must not tear apart. Groups of one stratum (a class) are spread evenly over the splits.
struct SplitUnit {
  std::string group, stratum;
};

/// A split as people write it ("train", "training", "valid", "dev", "test", ...); false for another word.
bool read_split(const std::string& text, Split& split);

/// The split of every unit; those of one group share it. Decided by the groups' names and nothing else: with `folds`
/// k, groups are dealt to k folds in the order of their hashes, `fold` is tested, the next one validates, the rest
/// trains; else the named groups go where they are named, and shares of the others to splits of which none is named.
/// Where `has_test` (the data bring their own), nothing goes to the test split. Adds Problems at `origin`: a group that
/// is not there or is named twice, folds out of range, too few groups.
std::vector<Split> divide(const std::vector<SplitUnit>& units, const SplitOptions& options, bool has_test,
                          const std::string& origin, std::vector<Problem>& problems);

}  // namespace espalier::datasets
