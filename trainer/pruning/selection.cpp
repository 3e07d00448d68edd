#include <algorithm>

#include "base/text.h"
#include "pruning/structure.h"

namespace espalier::pruning {
namespace {
bool any_matches(const std::vector<std::string>& patterns, const std::string& layer) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return glob_matches(pattern, layer); });
}
}  // namespace

bool Selection::ignores(const std::string& layer) const { return any_matches(ignore, layer); }
bool Selection::holds(const std::string& layer) const { return any_matches(layers, layer) && !ignores(layer); }

}  // namespace espalier::pruning
