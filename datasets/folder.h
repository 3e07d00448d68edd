// What lies in a corpus's folders. Names come from files and disks are other people's: nothing here throws what the
// standard library throws.
#pragma once
#include <filesystem>
#include <string_view>
#include <vector>

namespace espalier::datasets {

/// Entries of a folder, sorted. Throws Error(mistake) that names a folder that cannot be read.
std::vector<std::filesystem::path> entries_of(const std::filesystem::path& folder);

/// Whatever is no folder in a folder and in those below it, sorted; links to folders are not followed. Throws as
/// entries_of.
std::vector<std::filesystem::path> files_below(const std::filesystem::path& folder);

/// With links followed. False for names that no file can have, too.
bool is_file(const std::filesystem::path& path);
bool is_folder(const std::filesystem::path& path);

/// Whether `file` is a link to what lies outside of the folder `root`. (Links to nothing are not: reading them fails.)
bool is_link_out(const std::filesystem::path& file, const std::filesystem::path& root);

/// A text of UTF-8 without the mark that editors under Windows put in front of it.
std::string_view without_byte_order_mark(std::string_view text);

}  // namespace espalier::datasets
