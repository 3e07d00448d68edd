// Files that are whole or absent: written beside, flushed to disk, renamed.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace espalier {

/// The whole file. Throws Error(mistake) that names the file when it is absent, unreadable or larger than `most` bytes.
std::string read_text(const std::filesystem::path& path, std::int64_t most = std::int64_t{1} << 31);
std::vector<std::uint8_t> read_bytes(const std::filesystem::path& path, std::int64_t most = std::int64_t{1} << 33);

/// What a path that is not there may have meant: "; did you mean 'recipes/kws.yaml'?" where its folder holds a similar
/// name, else "".
std::string did_you_mean_file(const std::filesystem::path& path);

/// Makes the folder, writes `path`.part, fsyncs, renames over `path`, fsyncs the folder. On any failure (a full disk,
/// too) the old file stays, the part is removed, and Error(failed) names the file and the system's reason.
void write_atomically(const std::filesystem::path& path, std::span<const std::uint8_t> bytes);
void write_atomically(const std::filesystem::path& path, const std::string& text);

/// Adds whole lines to the end of a log and hands them to the system; throws Error(failed) when the disk is full.
void append_line(const std::filesystem::path& path, const std::string& line);

/// Lower-case hexadecimal SHA-256 (FIPS 180-4).
std::string sha256(std::span<const std::uint8_t> bytes);
std::string sha256(const std::string& text);

}  // namespace espalier
