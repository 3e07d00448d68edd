#include "importing/warm_start.h"

#include <algorithm>
#include <set>

#include "base/text.h"

namespace espalier::importing {
namespace {

using graph::Role;

/// What the stars of `glob` match in `text`, each as short as possible; false when the glob does not match.
bool stars_of(std::string_view glob, std::string_view text, std::vector<std::string>& stars) {
  if (glob.empty()) return text.empty();
  if (glob.front() != '*') {
    const bool same = !text.empty() && (glob.front() == '?' || glob.front() == text.front());
    return same && stars_of(glob.substr(1), text.substr(1), stars);
  }
  for (std::size_t length = 0; length <= text.size(); ++length) {
    if (!glob_matches(glob.substr(1), text.substr(length))) continue;
    stars.emplace_back(text.substr(0, length));
    return stars_of(glob.substr(1), text.substr(length), stars);
  }
  return false;
}

/// PyTorch's name of a tensor for the role that it has here.
const char* foreign_suffix(Role role) {
  switch (role) {
    case Role::gamma:
      return "weight";
    case Role::beta:
      return "bias";
    case Role::running_variance:
      return "running_var";
    default:
      return nullptr;
  }
}

/// Every name under which a file may hold a weight of the network -> the weight's own name.
std::map<std::string, std::string> known_names(const graph::Network& network) {
  std::map<std::string, std::string> names;
  for (const auto& node : network.nodes)
    for (const auto& slot : network.slots(node)) {
      const auto own = concat(node.name, ".", slot.name);
      names[own] = own;
      if (const char* suffix = foreign_suffix(slot.role)) names.emplace(concat(node.name, ".", suffix), own);
    }
  return names;
}

std::string extents(const graph::Shape& shape) { return shape.empty() ? "one number" : join(shape, "x"); }

/// A count of batches that PyTorch keeps beside the running statistics and that no inference needs.
bool is_counter(const std::string& name) { return ends_with(name, "num_batches_tracked"); }

}  // namespace

std::string renamed(const std::string& name, const Renaming& renaming, const std::string& origin) {
  for (const auto& [glob, pattern] : renaming) {
    std::vector<std::string> stars;
    if (!stars_of(glob, name, stars)) continue;
    std::string result;
    std::size_t next = 0;
    for (const char c : pattern) {
      if (c != '*') {
        result += c;
      } else if (next < stars.size()) {
        result += stars[next++];
      } else {
        mistake(origin, concat("'", pattern, "' has more stars than '", glob, "'"));
      }
    }
    return result;
  }
  return name;
}

WarmStart warm_start(graph::Network& network, const std::map<std::string, graph::Tensor>& tensors,
                     const Renaming& renaming, bool partial, const std::string& origin,
                     std::vector<Problem>& problems) {
  const auto names = known_names(network);
  WarmStart found;
  std::set<std::string> met;
  for (const auto& [foreign, tensor] : tensors) {
    if (is_counter(foreign)) continue;
    const auto own = names.find(renamed(foreign, renaming, origin));
    if (own == names.end()) {
      found.unused.push_back(foreign);
      continue;
    }
    if (!met.insert(own->second).second) {
      problems.push_back({origin, concat("two tensors of the file become '", own->second, "'")});
      continue;
    }
    auto& weight = network.weights.at(own->second);
    if (tensor.type != graph::Type::float32)
      problems.push_back({origin, concat("tensor '", foreign, "' is not float32")});
    else if (tensor.shape != weight.shape)
      found.reshaped.push_back(
          concat(own->second, ": ", extents(tensor.shape), " in the file, ", extents(weight.shape), " here"));
    else
      weight = tensor, found.taken.push_back(own->second);
  }
  for (const auto& [name, weight] : network.weights)
    if (!met.count(name)) found.absent.push_back(name);
  if (!partial && !found.reshaped.empty())
    problems.push_back({origin, concat("shapes differ (", join(found.reshaped, "; "),
                                       "); say `partial: true` to keep this network's own values there")});
  if (found.taken.empty() && found.reshaped.empty() && problems.empty())
    problems.push_back({origin, concat("no tensor of the file has the name of a weight here (the file: ",
                                       found.unused.empty() ? "nothing" : found.unused.front(),
                                       "; here: ", found.absent.empty() ? "nothing" : found.absent.front(),
                                       "); rename with `map: {\"backbone.*\": \"*\"}`")});
  return found;
}

std::vector<std::string> notes_of(const WarmStart& found, std::size_t most) {
  std::vector<std::string> notes = {concat(found.taken.size(), " tensors taken")};
  const auto list = [&](const char* what, const std::vector<std::string>& names) {
    if (names.empty()) return;
    const auto shown = std::min(most, names.size());
    const auto rest = names.size() - shown;
    notes.push_back(concat(what, ": ", join({names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown)}, ", "),
                           rest > 0 ? concat(" and ", rest, " more") : ""));
  };
  list("not in the file, left as initialized", found.absent);
  list("of another shape, left as initialized", found.reshaped);
  list("in the file only", found.unused);
  return notes;
}

}  // namespace espalier::importing
