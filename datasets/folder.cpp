#include "datasets/folder.h"

#include <algorithm>

#include "base/error.h"

namespace espalier::datasets {
namespace {

namespace fs = std::filesystem;

/// What an iterator over `folder` comes across, where `wanted` says so.
template <class Iterator, class Wanted>
std::vector<fs::path> listed(const fs::path& folder, const Wanted& wanted) {
  std::vector<fs::path> found;
  std::error_code failure;
  for (Iterator at(folder, failure); !failure && at != Iterator(); at.increment(failure))
    if (wanted(*at)) found.push_back(at->path());
  if (failure) mistake(folder.string(), "cannot be read: " + failure.message());
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace

std::vector<fs::path> entries_of(const fs::path& folder) {
  return listed<fs::directory_iterator>(folder, [](const fs::directory_entry&) { return true; });
}

std::vector<fs::path> files_below(const fs::path& folder) {
  return listed<fs::recursive_directory_iterator>(folder, [](const fs::directory_entry& entry) {
    std::error_code failure;
    return !entry.is_directory(failure);
  });
}

bool is_file(const fs::path& path) {
  std::error_code failure;
  return fs::is_regular_file(path, failure);
}

bool is_folder(const fs::path& path) {
  std::error_code failure;
  return fs::is_directory(path, failure);
}

bool is_link_out(const fs::path& file, const fs::path& root) {
  std::error_code failure;
  if (!fs::is_symlink(file, failure)) return false;
  const auto inside = fs::canonical(root, failure);
  const auto target = failure ? fs::path() : fs::canonical(file, failure);
  if (failure) return false;
  const auto way = target.lexically_relative(inside);
  return way.empty() || *way.begin() == "..";
}

std::string_view without_byte_order_mark(std::string_view text) {
  return text.starts_with("\xEF\xBB\xBF") ? text.substr(3) : text;
}

}  // namespace espalier::datasets
