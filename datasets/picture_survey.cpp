#include "datasets/picture_survey.h"

#include <fmt/core.h>

#include <algorithm>
#include <mutex>
#include <unordered_set>

#include "base/parallel.h"

namespace espalier::datasets {
namespace {

/// Sorted by file.
std::vector<Problem> damaged_files(const PictureCatalog& catalog, bool decode) {
  std::vector<std::filesystem::path> files;
  for (const auto& split : catalog.splits)
    for (const auto& picture : split)
      if (!picture.file.empty()) files.push_back(picture.file);
  std::vector<Problem> damaged;
  std::mutex guard;
  parallel_for(static_cast<std::int64_t>(files.size()), hardware_threads(),
               [&](std::int64_t begin, std::int64_t end, int) {
                 for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) try {
                     probe_image(files[i]);
                     if (decode) read_image(files[i]);
                   } catch (const Error& error) {
                     const std::lock_guard lock(guard);
                     damaged.push_back({files[i].string(), error.problems().front().text});
                   }
               });
  std::sort(damaged.begin(), damaged.end(), [](const Problem& a, const Problem& b) { return a.origin < b.origin; });
  return damaged;
}

}  // namespace

void survey(PictureCatalog& catalog, bool skip, std::vector<Problem>& problems) {
  constexpr std::size_t most = 10;
  const auto damaged = damaged_files(catalog, skip);
  if (damaged.empty()) return;
  if (!skip) {
    problems.insert(problems.end(), damaged.begin(),
                    damaged.begin() + static_cast<std::ptrdiff_t>(std::min(most, damaged.size())));
    if (damaged.size() > most)
      problems.push_back(
          {"", fmt::format("{} more files are refused; `on_error: skip` leaves them out", damaged.size() - most)});
    return;
  }
  std::unordered_set<std::string> names;
  for (const auto& problem : damaged) names.insert(problem.origin);
  for (auto& split : catalog.splits)
    std::erase_if(split, [&](const Picture& picture) { return names.count(picture.file.string()) != 0; });
  catalog.notes.push_back(fmt::format("{} damaged file{} left out, the first: {} ({})", damaged.size(),
                                      damaged.size() == 1 ? "" : "s", damaged.front().origin, damaged.front().text));
}

}  // namespace espalier::datasets
