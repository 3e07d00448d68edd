#include "datasets/speech_splits.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/files.h"
#include "base/text.h"
#include "datasets/folder.h"
#include "datasets/sha1.h"

namespace espalier::datasets {

namespace fs = std::filesystem;

Split split_by_hash(std::string_view file_name, double validation_percent, double test_percent) {
  constexpr std::uint32_t most_per_class = (1u << 27) - 1;
  // A modulus of 2^27 leaves the digest's last 27 bits.
  const std::uint32_t rest = sha1(file_name.substr(0, file_name.find("_nohash_")))[4] & most_per_class;
  const double percent = static_cast<double>(rest) * (100.0 / most_per_class);
  if (percent < validation_percent) return Split::validation;
  return percent < validation_percent + test_percent ? Split::test : Split::train;
}

SpeechSplits::SpeechSplits(const fs::path& root, std::vector<Problem>& problems) {
  const fs::path validation = root / "validation_list.txt", testing = root / "testing_list.txt";
  const bool has_validation = is_file(validation), has_testing = is_file(testing);
  if (has_validation != has_testing) {
    const auto& missing = has_validation ? testing : validation;
    problems.push_back(
        {missing.string(),
         "is missing while the other list is there; restore it, or remove both to split by the corpus's hash rule"});
  }
  if (!has_validation || !has_testing) return;
  from_lists_ = true;
  read(validation, Split::validation, problems);
  read(testing, Split::test, problems);
}

void SpeechSplits::read(const fs::path& file, Split split, std::vector<Problem>& problems) {
  int number = 0;
  const auto text = read_text(file);
  for (const auto& raw : espalier::split(without_byte_order_mark(text), '\n')) {
    ++number;
    auto line = trim(raw);
    if (line.empty()) continue;
    std::replace(line.begin(), line.end(), '\\', '/');
    const auto origin = fmt::format("{}:{}", file.string(), number);
    const auto [held, fresh] = entries_.emplace(line, Entry{split, origin});
    if (!fresh && held->second.split != split)
      problems.push_back({origin, fmt::format("'{}' is already in {}", line, held->second.origin)});
  }
}

Split SpeechSplits::of(const std::string& id) const {
  if (!from_lists_) return split_by_hash(std::string_view(id).substr(id.rfind('/') + 1));
  const auto entry = entries_.find(id);
  return entry == entries_.end() ? Split::train : entry->second.split;
}

std::vector<Problem> SpeechSplits::absent(const fs::path& root) const {
  std::vector<Problem> all;
  for (const auto& [id, entry] : entries_)
    if (!is_file(root / id)) all.push_back({entry.origin, fmt::format("names '{}', which is not there", id)});
  std::sort(all.begin(), all.end(), [](const Problem& a, const Problem& b) { return a.origin < b.origin; });
  return all;
}

}  // namespace espalier::datasets
